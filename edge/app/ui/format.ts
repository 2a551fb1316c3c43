/** Times and amounts as text. Durations are in milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < 950) return `${Math.max(0.01, ms / 1000).toFixed(ms < 95 ? 2 : 1)} s`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
  if (seconds >= 48 * 3_600) return `${Math.round(seconds / 86_400)} days`;
  return `${Math.floor(seconds / 3_600)} h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, "0")} m`;
}
/** An estimate in minutes. */
export function formatRoughly(minutes: number): string {
  const whole = Math.max(1, Math.round(minutes));
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h${whole % 60 ? ` ${whole % 60} min` : ""}`;
}
/** A time that still counts, in whole seconds. */
export function formatElapsed(ms: number): string {
  return ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : ms < 60_000 ? `${Math.floor(ms / 1000)} s` : formatDuration(ms);
}
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
export function formatTime(at: number): string {
  return clock.format(at);
}
const millisecondsOfDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
export function formatDate(at: number): string {
  return date.format(at);
}
export function formatDay(at: number): string {
  return millisecondsOfDay.format(at);
}
const inDollars = new Intl.NumberFormat(undefined, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });
export function formatCost(micros: number): string {
  const dollars = micros / 1_000_000;
  return dollars > 0 && dollars < 0.01 ? `under ${inDollars.format(0.01)}` : inDollars.format(dollars);
}
export function formatCount(n: number): string {
  if (n >= 1_000_000) return `${(n / 1_000_000).toFixed(2)} M`;
  return n < 10_000 ? n.toLocaleString("en") : `${(n / 1000).toFixed(n < 100_000 ? 1 : 0)} k`;
}
export function takeInitials(name: string): string {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)![0]! : "")).toUpperCase();
}
/** A size, in the steps of 1,024 that plans and limits count in. */
export function formatBytes(n: number): string {
  if (n < 1_000) return `${n} bytes`;
  if (n < 1_000 * 1_024) return `${Math.round(n / 1_024)} kB`;
  const [size, unit] = n < 1_000 * 1_024 ** 2 ? [n / 1_024 ** 2, "MB"] : [n / 1_024 ** 3, "GB"];
  return `${size.toFixed(1).replace(/\.0$/, "")} ${unit}`;
}
