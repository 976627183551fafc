import { Block } from "../../../assembly/bytes/block";
import { Text } from "../../../assembly/bytes/text";
import { Status } from "../wire/replies";
import { Verb, VERBS } from "../wire/verbs";

/** Commands of a session, accepted and in all: `user=1 pass=1/2 retr=3 quit=1`. AUTH is accepted with its exchange. */
@final
export class CommandBook {
  /** Two numbers of 32 bits for each verb: accepted, all. */
  private readonly counts: ArrayBuffer = Block.allocate((<usize>VERBS.length) << 3);

  clear(): void {
    memory.fill(Block.start(this.counts), 0, (<usize>VERBS.length) << 3);
  }

  answered(verb: Verb, status: Status): void {
    if (verb == Verb.connect) return;
    if (verb != Verb.auth_response) this.add(verb, 1);
    if (status == Status.ok) this.add(verb == Verb.auth_response ? Verb.auth : verb, 0);
  }

  unanswered(verb: Verb): void {
    if (verb != Verb.connect && verb != Verb.auth_response) this.add(verb, 1);
  }

  /** How many were accepted. */
  accepted(verb: Verb): u32 {
    return load<u32>(this.place(verb, 0));
  }

  /** In the order of the verbs. */
  write(text: Text): void {
    let isFirst = true;
    for (let verb = 0; verb < VERBS.length; verb++) {
      const accepted = load<u32>(this.place(verb, 0));
      const all = load<u32>(this.place(verb, 1));
      if (all == 0) continue;
      if (!isFirst) text.byte(0x20);
      isFirst = false;
      text.string(unchecked(VERBS[verb])).byte(0x3d).unsigned(accepted);
      if (accepted != all) text.byte(0x2f).unsigned(all);
    }
  }

  private add(verb: i32, which: i32): void {
    const place = this.place(verb, which);
    store<u32>(place, load<u32>(place) + 1);
  }

  private place(verb: i32, which: i32): usize {
    return Block.start(this.counts) + ((<usize>((verb << 1) + which)) << 2);
  }
}
