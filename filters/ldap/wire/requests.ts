import { Slice } from "../../../assembly/bytes/slice";
import { Anomaly } from "./anomalies";
import { readString } from "./bind";
import { Elements, Took } from "./elements";
import { ExtendedName, extendedNameOf, MAX_OID } from "./extendednames";
import { Message } from "./message";
import { REQUEST_NAME } from "./tags";

/** Modify, Add, ModifyDN and Compare begin with a DN; nothing of them is looked at, but it has to be a string. */
export function readDn(e: Elements, input: Slice, end: u32): Took {
  return readString(e, input, end);
}

/** An AbandonRequest (RFC 4511 §4.11): its value is a message ID. */
export function readAbandon(e: Elements, m: Message, input: Slice): Took {
  if (!e.integer(input)) return Took.more;
  m.abandonedId = <u32>e.number;
  return Took.done;
}

/** An ExtendedRequest (RFC 4511 §4.12) that ends at `end`. Its value may hold passwords and is not looked at. */
export function readExtended(e: Elements, m: Message, input: Slice, end: u32): Took {
  if (e.step == 0) {
    m.extendedName = ExtendedName.other;
    const took = e.header(input, end);
    if (took != Took.ready) return took;
    if (e.tag != REQUEST_NAME) return e.fail(Anomaly.bad_tag);
    e.step = 1;
  }
  if (!e.collect(input, MAX_OID + 1)) return Took.more;
  m.extendedName = extendedNameOf(e.value);
  return Took.done;
}
