// The part of the WebAssembly JavaScript API that the host uses; Node has it, its type declarations leave it to the DOM's.
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
  const Module: {
    new (bytes: Uint8Array): Module;
    imports(module: Module): { readonly module: string; readonly name: string }[];
    exports(module: Module): { readonly name: string }[];
    customSections(module: Module, name: string): ArrayBuffer[];
  };
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(limits: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
  }
  class Table {
    constructor(description: { element: "anyfunc"; initial: number; maximum?: number });
    readonly length: number;
  }
  class RuntimeError extends Error {}
  type ImportValue = Memory | Table | ((...parameters: unknown[]) => unknown);
  type Imports = Record<string, Record<string, ImportValue>>;
  function compile(bytes: Uint8Array): Promise<Module>;
}
