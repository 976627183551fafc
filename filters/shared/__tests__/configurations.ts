// Configurations of any filter, from JSON.
import { IntegerTable } from "../../../assembly";
import { settingsOf } from "../../../assembly/testing";
import { FilterConfig } from "../config";

/** The configuration that `json` describes; the spec fails when it has errors. */
export function read<C extends FilterConfig>(json: string): C {
  const settings = settingsOf(json);
  const config = instantiate<C>(settings);
  settings.finish();
  expect(settings.errors.count).toBe(0, json);
  return config;
}

/** The only error of a configuration, without its place in the text. */
export function error<C extends FilterConfig>(json: string): string {
  const settings = settingsOf(json);
  instantiate<C>(settings);
  settings.finish();
  const first = settings.errors.first;
  if (first === null || settings.errors.count != 1) return `${settings.errors.count} errors`;
  return first.toString().split(" (byte")[0];
}

/** A key of `limits` takes both ends of its range, and nothing beyond. */
export function bounds<C extends FilterConfig>(key: string, least: i64, most: i64): void {
  const wanted = `expected a whole number between ${least} and ${most}, found `;
  read<C>(`{"limits":{"${key}":${least}}}`);
  read<C>(`{"limits":{"${key}":${most}}}`);
  expect(error<C>(`{"limits":{"${key}":${least - 1}}}`)).toBe(`limits.${key}: ${wanted}${least - 1}`);
  expect(error<C>(`{"limits":{"${key}":${most + 1}}}`)).toBe(`limits.${key}: ${wanted}${most + 1}`);
  expect(error<C>(`{"limits":{"${key}":"x"}}`)).toBe(`limits.${key}: ${wanted}"x"`);
}

/** Milliseconds under a place, -1 where there are no thresholds at all. */
export function threshold(thresholds: IntegerTable | null, place: i32): i64 {
  return thresholds === null ? -1 : thresholds.get(place);
}
