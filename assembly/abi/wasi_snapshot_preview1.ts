// What the proxy offers of WASI (the import module is named after this file).

/** `id`: one of the CLOCK_ constants. Writes nanoseconds as u64 to `time`. Returns 0 or a WASI error number. */
export declare function clock_time_get(id: i32, precision: i64, time: usize): i32;

/** Writes how many environment variables there are, and how many bytes they take. Returns 0 or a WASI error number. */
export declare function environ_sizes_get(count: usize, bytes: usize): i32;
/** Writes the addresses of `NAME=value`, each ended by NUL, and the texts themselves. Returns 0 or a WASI error number. */
export declare function environ_get(addresses: usize, texts: usize): i32;
