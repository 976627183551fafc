/** Folder of everything below. */
export const SCHEMAS: string;
/** A file of CustomResourceDefinitions, YAML. */
export const ISTIO_CRDS: string;
/** A folder of JSON Schemas, one for each kind. */
export const KUBERNETES_SCHEMAS: string;
