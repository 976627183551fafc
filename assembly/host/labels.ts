import { Registry } from "./registry";
import { NameWriter } from "./names";

/** Most label values (or pairs of them) of one family: Envoy never frees a metric. */
export const MAX_FAMILY_SIZE: i32 = 16384;

const NO_VALUES: string[] = [];

/** The one or two labels of a family, and the name of each member. */
export class Labels {
  private firstName: string = "";
  private firstValues: string[] = NO_VALUES;
  private secondName: string = "";
  private secondValues: string[] = NO_VALUES;
  /** How many labels were given. */
  private given: i32 = 0;

  constructor(readonly metric: string) {}

  add(name: string, values: string[]): void {
    if (this.given == 0) {
      this.firstName = name;
      this.firstValues = values;
    } else {
      this.secondName = name;
      this.secondValues = values;
    }
    this.given++;
  }

  get rows(): i32 {
    return this.firstValues.length;
  }

  /** 1 where there is one label only. */
  get columns(): i32 {
    return this.given < 2 ? 1 : this.secondValues.length;
  }

  get size(): i32 {
    return this.rows * this.columns;
  }

  /** Whether these labels can name metrics; problems are remembered in `registry`. */
  check(registry: Registry): bool {
    if (this.given < 1 || this.given > 2) {
      registry.problem('metric "' + this.metric + '": expected one or two labels');
      return false;
    }
    if (this.rows == 0 || this.columns == 0) {
      registry.problem('metric "' + this.metric + '": expected at least one value for each label');
      return false;
    }
    if (<i64>this.rows * <i64>this.columns > <i64>MAX_FAMILY_SIZE) {
      registry.problem('metric "' + this.metric + '": expected at most 16384 combinations of label values');
      return false;
    }
    const first = checkLabel(registry, this.firstName, this.firstValues);
    return this.given == 1 ? first : checkLabel(registry, this.secondName, this.secondValues) && first;
  }

  /** Puts the name of a member together in NameWriter; the places must exist. */
  writeName(registry: Registry, row: i32, column: i32): void {
    NameWriter.begin(registry.protocol, registry.prefix, this.metric);
    NameWriter.label(this.firstName, unchecked(this.firstValues[row]));
    if (this.given > 1) NameWriter.label(this.secondName, unchecked(this.secondValues[column]));
  }

  /** The same for the member that takes what a cap keeps out. */
  writeOverflowName(registry: Registry): void {
    NameWriter.begin(registry.protocol, registry.prefix, this.metric);
    NameWriter.label(this.firstName, "overflow");
    if (this.given > 1) NameWriter.label(this.secondName, "overflow");
  }
}

function checkLabel(registry: Registry, name: string, values: string[]): bool {
  let good = registry.requireToken(name, "label");
  for (let i = 0; i < values.length; i++) {
    if (!registry.requireToken(unchecked(values[i]), "value of label " + name)) good = false;
  }
  return good;
}
