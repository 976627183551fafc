// What the fuzzer uses of the WebAssembly JavaScript API beyond host/webassembly.d.ts.
declare namespace WebAssembly {
  const Module: {
    new (bytes: Uint8Array): Module;
    imports(module: Module): { readonly module: string; readonly name: string }[];
    exports(module: Module): { readonly name: string }[];
  };
  class Global {
    private constructor();
    value: bigint | number;
  }
}
