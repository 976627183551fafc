// Runtime functions of AssemblyScript that its own type declarations leave out.
declare function __new(size: usize, id: u32): usize;
declare function __newArray(length: i32, alignLog2: usize, id: u32, data?: usize): usize;
declare function __collect(): void;
declare function __pin(ptr: usize): usize;
declare function __unpin(ptr: usize): void;
