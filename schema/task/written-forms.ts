import { z } from "zod";
import { type SpecIn, specShape } from "./spec.ts";

/**
 * Other forms of a task's fields that people and other tools write: inputs and outputs may be objects, `run`
 * is a command, a path may begin with the task's folder in a box, another name of one part in an address is
 * the sandbox itself and says that it goes online, and an address and what it answers may stand in two items.
 */

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const hasOnly = (value: unknown, ...keys: string[]): value is Fields => isFields(value) && Object.keys(value).sort().join() === keys.join();
const mapList = (list: unknown, change: (item: unknown) => unknown): unknown => (Array.isArray(list) ? list.map(change) : list);

const readInput = (item: unknown): unknown =>
  hasOnly(item, "name", "type") && typeof item.type === "string" && typeof item.name === "string" ? `${item.type}: ${item.name}` : item;
/** The folder of a task in a box is the root of its project. */
function readOutput(item: unknown): unknown {
  const path = hasOnly(item, "path") ? item.path : item;
  return typeof path === "string" ? path.replace(/^\/workspace\/(?:tasks\/[^/]+\/)?/, "") : path;
}
function readCheck(item: unknown): unknown {
  if (!isFields(item)) return item;
  const { run, ...rest } = item;
  const named = run === undefined || "command" in rest ? item : { command: run, ...rest };
  const { url } = named;
  return typeof url === "string" ? { ...named, url: url.replace(siteAddress, "http://localhost") } : named;
}
/** A name of one part: the clean room's own server, and the address at which it goes online. */
const siteAddress = /^http:\/\/[a-z][a-z0-9-]{0,62}(?=:)/;
const namesSite = (list: unknown): boolean =>
  Array.isArray(list) &&
  list.some(
    (item) => isFields(item) && typeof item.url === "string" && siteAddress.test(item.url) && !item.url.startsWith("http://localhost:"),
  );
/** Joins an address with what it answers, where that is the next item. */
function joinChecks(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  return list.reduce<unknown[]>((all, item) => {
    const before = all.at(-1);
    const answers = hasOnly(item, "should_respond") && isFields(before) && "url" in before && !("should_respond" in before);
    return answers ? [...all.slice(0, -1), { ...before, ...item }] : [...all, item];
  }, []);
}
/** The same value in the fields of `specShape`, as far as it is of a known form. */
export function readForms(value: unknown): unknown {
  if (!isFields(value)) return value;
  const known: [string, (list: unknown) => unknown][] = [
    ["inputs", (list) => mapList(list, readInput)],
    ["outputs", (list) => mapList(list, readOutput)],
    ["tests", (list) => mapList(list, readCheck)],
    ["acceptance", (list) => joinChecks(mapList(list, readCheck))],
  ];
  const meant = namesSite(value.acceptance) && !("deploy" in value) ? { ...value, deploy: true } : value;
  return known.reduce<Fields>((spec, [name, read]) => (name in spec ? { ...spec, [name]: read(spec[name]) } : spec), meant);
}

/** A spec by its fields, in whichever of the forms each is written. */
export const writtenShape = z.preprocess((value: SpecIn) => readForms(value), specShape);
