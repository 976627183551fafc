/** A server that `setup.mjs` fetches. */
export type ServerName =
  "postfix" | "exim" | "dovecot" | "ds389" | "samba" | "prometheus" | "swaks" | "slapd";
/** See recipes.mjs. */
export interface Recipe {
  readonly packages: readonly string[];
  readonly program: string;
  readonly users: readonly string[];
  readonly groups: readonly string[];
}
export const RECIPES: Readonly<Record<ServerName, Recipe>>;
export function rootOf(name: ServerName): string;
export function stampOf(name: ServerName): string;
export function recipeText(name: ServerName): string;
export function isThere(name: ServerName): boolean;
