/** Plays documents against a filter's reader of configurations. */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { ObjectSchema } from "../../support/configurations.ts";
import { Driver, type Code } from "../driver.ts";
import type { Finding } from "../examine.ts";
import { DriverFault } from "../hostcalls.ts";
import { ConfigDocuments, type ConfigDocument } from "./documents.ts";
import { expectedOf } from "./expected.ts";

/**
 * Host calls of a VM, most of which define a metric: all that the ledger has room for. What is refused must not harm what
 * comes after it.
 */
const MOST_CALLS = 8_000;

/** Turns of loops for a document: one of the longest takes a hundredth, and a second is what this takes. */
const MOST_WORK = 100_000_000;

/** Linear memory that so many documents may leave: all of it is collected but for metrics of the accepted ones. */
const MOST_MEMORY = 16 << 20;

/** What became of documents so far. */
export interface Tally {
  cases: number;
  accepted: number;
  /** Those whose verdict the schema knows. */
  compared: number;
}

/** Documents by number against one filter. */
export class ConfigFuzzer {
  readonly tally: Tally = { cases: 0, accepted: 0, compared: 0 };
  private readonly code: Code;
  private readonly mostWork: number;
  private readonly documents: ConfigDocuments;
  private readonly isValid: ValidateFunction;
  private driver: Driver | undefined;

  /** `mostWork`: turns of loops that a document may take. */
  constructor(code: Code, schema: ObjectSchema, seed: number, mostWork = MOST_WORK) {
    this.code = code;
    this.mostWork = mostWork;
    this.documents = new ConfigDocuments(schema, seed);
    this.isValid = new Ajv2020({ strict: true }).compile(schema);
  }

  /** The document of a number. */
  make(index: number): ConfigDocument {
    return this.documents.make(index);
  }

  /** Offers a document; what is wrong with the answer, if anything. */
  run(index: number): Finding | undefined {
    const document = this.make(index);
    this.tally.cases++;
    try {
      return this.offer(document);
    } catch (error) {
      this.driver = undefined;
      if (error instanceof DriverFault) return { kind: "fault", text: error.message };
      throw error;
    }
  }

  private offer(document: ConfigDocument): Finding | undefined {
    const driver = this.fresh();
    driver.work = 0;
    const verdict = driver.offer(document.bytes) ? "accepts" : "rejects";
    if (verdict === "accepts") this.tally.accepted++;
    else if (driver.logged.length === 0) return { kind: "verdict", text: "refused without a word" };
    if (driver.memoryBytes > MOST_MEMORY) {
      this.driver = undefined;
      return { kind: "memory", text: `${driver.memoryBytes} bytes of memory` };
    }
    const expected = expectedOf(document, this.isValid);
    if (expected === undefined) return undefined;
    this.tally.compared++;
    if (expected === verdict) return undefined;
    return {
      kind: "verdict",
      text: `${verdict} what JSON and the schema say it ${expected}: ${driver.logged.join("; ")}`,
    };
  }

  private fresh(): Driver {
    if (this.driver !== undefined && this.driver.hostCalls < MOST_CALLS) return this.driver;
    this.driver = new Driver(this.code);
    this.driver.mostWork = this.mostWork;
    return this.driver;
  }
}
