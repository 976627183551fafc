// What the fuzzer uses of the WebAssembly JavaScript API beyond host/webassembly.d.ts.
declare namespace WebAssembly {
  class Global {
    private constructor();
    value: bigint | number;
  }
}
