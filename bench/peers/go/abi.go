// The proxy-wasm ABI 0.2.1, as much of it as a network filter that counts needs:
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1
package main

import "unsafe"

const (
	downstreamData uint32 = 2
	upstreamData   uint32 = 3
)

const counter uint32 = 0

//go:wasmimport env proxy_get_buffer_bytes
func proxyGetBufferBytes(kind, start, length uint32, bytes, size unsafe.Pointer) uint32

//go:wasmimport env proxy_define_metric
func proxyDefineMetric(kind uint32, name unsafe.Pointer, size uint32, id unsafe.Pointer) uint32

//go:wasmimport env proxy_increment_metric
func proxyIncrementMetric(id uint32, offset int64) uint32

// Marks the ABI's version; never called.
//
//go:wasmexport proxy_abi_version_0_2_1
func proxyABIVersion() {}

// What the host copies into. One region for all chunks, grown when it is too small: an allocation for each chunk, as
// SDKs for Go make it, would cost more.
var scratch []byte

// The host calls it while it serves proxy_get_buffer_bytes.
//
//go:wasmexport malloc
func malloc(size uint32) unsafe.Pointer {
	if int(size) > len(scratch) {
		scratch = make([]byte, size)
	}
	return unsafe.Pointer(&scratch[0])
}

// Where the host writes what it returns; on the heap once, not for each call.
var (
	returnedBytes uint32
	returnedSize  uint32
	returnedID    uint32
)

// The bytes of a chunk, valid until the next call.
func fetch(kind, size uint32) []byte {
	status := proxyGetBufferBytes(kind, 0, size, unsafe.Pointer(&returnedBytes), unsafe.Pointer(&returnedSize))
	if status != 0 {
		return nil
	}
	return scratch[:returnedSize]
}

func defineCounter(name string) uint32 {
	proxyDefineMetric(counter, unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)), unsafe.Pointer(&returnedID))
	return returnedID
}
