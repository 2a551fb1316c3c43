import { z } from "zod";
import type { Parsed } from "../wire/yaml.ts";
import { parseShape, readDocument } from "../wire/yaml.ts";
import { findSpecIssues, type Spec, specLimits, specShape } from "./spec.ts";
import { readForms, writtenShape } from "./written-forms.ts";

/** Reads a spec from text of a stranger, in whichever of the forms it is written. */
export function readWrittenSpec(text: string): Parsed<Spec> {
  const document = readDocument(text, specLimits);
  if (!document.ok) return document;
  const read = parseShape(readForms(document.value.toJS({ maxAliasCount: 0 })), specShape);
  if (!read.ok) return read;
  const issues = findSpecIssues(read.value);
  return issues.length === 0 ? read : { ok: false, issues };
}

/** A spec as it is sent: by its fields, or as the text of its YAML file. */
export const writtenSpec = z.union([
  writtenShape,
  z
    .string()
    .max(specLimits.bytes)
    .describe("The spec as YAML")
    .transform((text, context): Spec => {
      const read = readWrittenSpec(text);
      if (read.ok) return read.value;
      for (const { path, message } of read.issues) context.addIssue({ code: "custom", path: path === "" ? [] : path.split("."), message });
      return z.NEVER;
    }),
]);
