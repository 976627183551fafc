// What the proxy offers of WASI (the import module is named after this file).

/** `id`: one of the CLOCK_ constants. Writes nanoseconds as u64 to `time`. Returns 0 or a WASI error number. */
export declare function clock_time_get(id: i32, precision: i64, time: usize): i32;
