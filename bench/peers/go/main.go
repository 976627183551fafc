// A lower bound for network filters in Go: it reads every chunk of both directions, and counts bytes and lines.
// It counts in its own memory, and tells the host once a connection. Built by ../build.mjs.
package main

import "bytes"

var newline = []byte{'\n'}

type counts struct{ bytes, lines int64 }

func (c *counts) add(chunk []byte) {
	c.bytes += int64(len(chunk))
	c.lines += int64(bytes.Count(chunk, newline))
}

type connection struct{ client, server counts }

var connections = map[uint32]*connection{}

// The counters of one direction.
type metrics struct{ bytes, lines uint32 }

func (m metrics) add(c counts) {
	proxyIncrementMetric(m.bytes, c.bytes)
	proxyIncrementMetric(m.lines, c.lines)
}

var client, server metrics

//go:wasmexport proxy_on_context_create
func onContextCreate(context, parent uint32) {
	if parent != 0 {
		connections[context] = &connection{}
	}
}

//go:wasmexport proxy_on_vm_start
func onVMStart(root, size uint32) uint32 { return 1 }

//go:wasmexport proxy_on_configure
func onConfigure(root, size uint32) uint32 {
	client = metrics{defineCounter("peer.go.client.bytes_total"), defineCounter("peer.go.client.lines_total")}
	server = metrics{defineCounter("peer.go.server.bytes_total"), defineCounter("peer.go.server.lines_total")}
	return 1
}

//go:wasmexport proxy_on_new_connection
func onNewConnection(context uint32) uint32 { return 0 }

//go:wasmexport proxy_on_downstream_data
func onDownstreamData(context, size, endOfStream uint32) uint32 {
	if size > 0 {
		connections[context].client.add(fetch(downstreamData, size))
	}
	return 0
}

//go:wasmexport proxy_on_upstream_data
func onUpstreamData(context, size, endOfStream uint32) uint32 {
	if size > 0 {
		connections[context].server.add(fetch(upstreamData, size))
	}
	return 0
}

//go:wasmexport proxy_on_downstream_connection_close
func onDownstreamConnectionClose(context, peer uint32) {}

//go:wasmexport proxy_on_upstream_connection_close
func onUpstreamConnectionClose(context, peer uint32) {}

//go:wasmexport proxy_on_done
func onDone(context uint32) uint32 { return 1 }

//go:wasmexport proxy_on_log
func onLog(context uint32) {
	ended, found := connections[context]
	if !found {
		return
	}
	client.add(ended.client)
	server.add(ended.server)
}

//go:wasmexport proxy_on_delete
func onDelete(context uint32) { delete(connections, context) }

func main() {}
