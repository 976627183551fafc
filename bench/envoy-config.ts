export * from "../host/envoy/bootstrap.ts";
