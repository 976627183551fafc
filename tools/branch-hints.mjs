// Tells the engine which way branches of a module go: a section of the branch hinting proposal of WebAssembly, which
// V8 reads from version 13.7 on (Envoy 1.40) and others skip. What is hardly ever run then lies behind a function's
// code instead of amid it. Where they go is counted: in a copy of the module that traffic is sent through.
import {
  CODE_SECTION,
  CUSTOM_SECTION,
  number,
  Reader,
  rewritten,
  sectionsOf,
  skipInstruction,
  withLength,
} from "./wasm.mjs";

const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const FUNCTION_SECTION = 3;
const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;

const IF = 0x04;
const BR_IF = 0x0d;

const SECTION = "metadata.code.branch_hint";
/** A branch has a likely way when it takes the other one at most this often. */
const SELDOM = 0.02;

/** Every `if` and `br_if` of a module, in their order: its function, and the offset of its code in that function's body. */
export function branchesOf(module) {
  const found = [];
  const reader = new Reader(contentOf(module, CODE_SECTION));
  const functions = reader.number();
  for (let index = 0; index < functions; index++) {
    const end = reader.number() + reader.at;
    const start = reader.at;
    skipLocals(reader);
    while (reader.at < end) {
      const at = reader.at;
      const opcode = skipInstruction(reader);
      if (opcode === IF || opcode === BR_IF) found.push({ index, offset: at - start });
    }
    if (reader.at !== end) throw new Error(`function ${index} does not end where it should`);
  }
  return found;
}

/** The names of the globals that a counting copy has for a branch: how often it came by, and how often it was taken. */
export function countersOf(branch) {
  return { seen: `seen ${branch}`, taken: `taken ${branch}` };
}

/** A copy of the module that counts in exported globals. In front of each branch it calls a function of that branch's own. */
export function counting(module) {
  const branches = branchesOf(module);
  const functions = functionsOf(module);
  const type = countIn(module, TYPE_SECTION);
  const firstGlobal = countIn(module, GLOBAL_SECTION);
  const seen = (branch) => number(firstGlobal + 2 * branch);
  const taken = (branch) => number(firstGlobal + 2 * branch + 1);
  const change = {
    [TYPE_SECTION]: [[Buffer.from([0x60, 1, 0x7f, 1, 0x7f])]],
    [FUNCTION_SECTION]: branches.map(() => [number(type)]),
    [GLOBAL_SECTION]: branches.map(() => [ZERO, ZERO]),
    [EXPORT_SECTION]: branches.map((_, branch) => {
      const names = countersOf(branch);
      return [exported(names.seen, seen(branch)), exported(names.taken, taken(branch))];
    }),
  };
  return rewritten(module, (id, content) => {
    if (id === CUSTOM_SECTION) return Buffer.from([1, 0x2d]);
    if (id === CODE_SECTION) return countingCode(content, branches, functions, { seen, taken });
    return change[id] === undefined ? undefined : appended(content, change[id].flat());
  });
}

/** The module with hints for the branches that nearly always go one way; `countsOf(branch)` says what was counted. */
export function hinted(module, countsOf) {
  const imported = functionsOf(module) - countIn(module, FUNCTION_SECTION);
  const hints = new Map();
  branchesOf(module).forEach(({ index, offset }, branch) => {
    const { seen, taken } = countsOf(branch);
    const share = taken / seen;
    if (seen === 0 || (share > SELDOM && share < 1 - SELDOM)) return;
    const list = hints.get(index) ?? [];
    hints.set(index, [...list, Buffer.concat([number(offset), Buffer.from([1, share > 0.5 ? 1 : 0])])]);
  });
  const name = Buffer.from(SECTION);
  const functions = [...hints].map(([index, list]) => vector([number(imported + index)], list));
  const content = Buffer.concat([number(name.length), name, vector([], functions)]);
  const { from } = sectionsOf(module).find(({ id }) => id === CODE_SECTION);
  return Buffer.concat([
    module.subarray(0, from),
    withLength(CUSTOM_SECTION, content),
    module.subarray(from),
  ]);
}

/** A global of 32 bits that begins with 0 and can be changed. */
const ZERO = Buffer.from([0x7f, 1, 0x41, 0, 0x0b]);

function exported(text, index) {
  const name = Buffer.from(text);
  return Buffer.concat([number(name.length), name, Buffer.from([3]), index]);
}

function countingCode(content, branches, functions, globals) {
  const reader = new Reader(content);
  const count = reader.number();
  const bodies = [];
  let branch = 0;
  for (let index = 0; index < count; index++) {
    const body = reader.take(reader.number());
    const pieces = [];
    let from = 0;
    for (; branch < branches.length && branches[branch].index === index; branch++) {
      pieces.push(
        body.subarray(from, branches[branch].offset),
        Buffer.from([0x10]),
        number(functions + branch),
      );
      from = branches[branch].offset;
    }
    bodies.push(sized(Buffer.concat([...pieces, body.subarray(from)])));
  }
  const counters = branches.map((_, i) => sized(counter(globals.seen(i), globals.taken(i))));
  return vector([], [...bodies, ...counters]);
}

/** The function of a branch: counts, and gives back the condition that it was given. */
function counter(seen, taken) {
  const increment = (global) => [Buffer.from([0x23]), global, Buffer.from([0x41, 1, 0x6a, 0x24]), global];
  return Buffer.concat([
    Buffer.from([0]), // no locals
    ...increment(seen),
    Buffer.from([0x20, 0, IF, 0x40]),
    ...increment(taken),
    Buffer.from([0x0b, 0x20, 0, 0x0b]),
  ]);
}

function sized(body) {
  return Buffer.concat([number(body.length), body]);
}

function vector(before, items) {
  return Buffer.concat([...before, number(items.length), ...items]);
}

/** The content of a section that is a vector, with more items. */
function appended(content, items) {
  const reader = new Reader(content);
  return Buffer.concat([number(reader.number() + items.length), content.subarray(reader.at), ...items]);
}

function contentOf(module, wanted) {
  return sectionsOf(module).find(({ id }) => id === wanted)?.content ?? Buffer.from([0]);
}

function countIn(module, section) {
  return new Reader(contentOf(module, section)).number();
}

/** How many functions there are, imported ones included. */
function functionsOf(module) {
  const reader = new Reader(contentOf(module, IMPORT_SECTION));
  const imports = reader.number();
  for (let i = 0; i < imports; i++) {
    reader.take(reader.number());
    reader.take(reader.number());
    if (reader.byte() !== 0) throw new Error("only functions can be imported");
    reader.number();
  }
  return imports + countIn(module, FUNCTION_SECTION);
}

function skipLocals(reader) {
  for (let groups = reader.number(); groups > 0; groups--) {
    reader.number();
    reader.byte();
  }
}
