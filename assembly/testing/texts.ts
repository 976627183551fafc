import { Slice } from "../bytes/slice";
import { Settings } from "../config/settings";

/** Keeps what the slices handed out point to. */
const kept: ArrayBuffer[] = [];

/** The UTF-8 bytes of `text`, kept for as long as the spec runs. */
export function bytesOf(text: string): Slice {
  const buffer = String.UTF8.encode(text);
  kept.push(buffer);
  return Slice.of(changetype<usize>(buffer), buffer.byteLength);
}

/** Settings as a filter's factory gets them. */
export function settingsOf(json: string): Settings {
  return Settings.parse(bytesOf(json));
}
