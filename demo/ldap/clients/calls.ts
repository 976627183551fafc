import type { Address } from "../../../host/envoy/address.ts";
import type { Scenario } from "../../crowd.ts";
import { integer } from "../../material.ts";
import { CODE } from "../codes.ts";
import { application, APPLICATIONS, ARCHIVE, service, SUFFIX, TAPES } from "../company.ts";
import { ldapjs } from "../ldapjs.ts";
import type { ClientsBook } from "./book.ts";
import { Caller } from "./caller.ts";
import { expectCount } from "./session.ts";

/** Requests at a time on one connection; answers come as they are ready. */
const AT_ONCE = 12;

/** What takes longer than anybody waits for. */
const LONG = { scope: "sub", filter: "(description=*report*)" } as const;

/** Sessions of ldapjs clients: many requests at a time, and some that are given up. */
export function callScenarios(book: ClientsBook): readonly Scenario[] {
  return [
    atOnce,
    atOnce,
    sorted,
    refusedTls,
    reconsidering,
    (server) => abandoning(server, ARCHIVE, book),
    (server) => abandoning(server, TAPES, book),
  ];
}

const atOnce: Scenario = (server) =>
  call(server, application(integer(1, APPLICATIONS)), async (caller) => {
    const searches = Array.from({ length: AT_ONCE }, () =>
      caller.search(application(integer(1, APPLICATIONS)), { scope: "base", attributes: ["mail"] }),
    );
    for (const { code, entries } of await Promise.all(searches)) {
      expectCount("result code", code, CODE.success);
      expectCount("entries", entries, 1);
    }
  });

/** Sorted by the server, and in pages. */
const sorted: Scenario = (server) =>
  call(server, service("backup"), async (caller) => {
    const byName = new ldapjs.ServerSideSortingRequestControl({ value: [{ attributeType: "uid" }] });
    const options = { scope: "sub", filter: "(uid=*)", paged: { pageSize: 25 } } as const;
    const { entries } = await caller.search(SUFFIX, options, [byName]);
    expectCount("entries", entries, APPLICATIONS);
  });

const refusedTls: Scenario = (server) =>
  call(server, service("vpn"), async (caller) => {
    expectCount("result code", await caller.startTls(), CODE.protocolError);
  });

/** Asks for something that takes long, then binds anew: that is the end of all that was asked before. */
const reconsidering: Scenario = (server) =>
  call(server, application(3), async (caller) => {
    await caller.begin(ARCHIVE, LONG);
    await caller.bind(application(4));
  });

/** Asks for something that takes long and gives it up. */
async function abandoning(server: Address, base: string, book: ClientsBook): Promise<void> {
  await call(server, application(5), async (caller) => {
    const search = await caller.begin(base, LONG);
    await caller.abandon(search);
    book.operations.inc({ outcome: "abandoned" });
    // What is answered all the same comes before the answer to this.
    await caller.search("", { scope: "base" });
  });
}

async function call(server: Address, name: string, act: (caller: Caller) => Promise<void>): Promise<void> {
  const caller = await Caller.open(server);
  try {
    await caller.bind(name);
    await act(caller);
  } finally {
    await caller.unbind();
  }
}
