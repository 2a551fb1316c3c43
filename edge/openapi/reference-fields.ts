import { z } from "zod";

/** What of a JSON schema is shown to people. */
const schemaShape = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  description: z.string().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  default: z.unknown().optional(),
});
type Schema = z.infer<typeof schemaShape>;
/** `path`: `tasks[].title` for a field of a list's items. */
export type ShownField = { path: string; text: string; required: boolean };
const [mostDepth, mostFields] = [4, 80];

function describeRange(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (most === undefined || most >= Number.MAX_SAFE_INTEGER) return least ? `at least ${least}${unit}` : undefined;
  return least ? `${least} to ${most}${unit}` : `at most ${most}${unit}`;
}
function describeType(schema: Schema): string {
  if (schema.enum) return schema.enum.map(String).join(" | ");
  if (schema.const !== undefined) return String(schema.const);
  const types = [schema.type ?? []].flat();
  const nullable = types.includes("null") ? ", or null" : "";
  return `${types.filter((type) => type !== "null").join(" or ") || "anything"}${nullable}`;
}
function describeSchema(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, maxItems, format, description } = schema;
  const usual = schema.default === undefined ? undefined : `${JSON.stringify(schema.default)} when left out`;
  const bounds = [
    describeRange(minimum, maximum, ""),
    describeRange(minLength, maxLength, " characters"),
    describeRange(undefined, maxItems, " items"),
  ];
  return [describeType(schema), format, ...bounds, usual, description].filter(Boolean).join(", ");
}

/** The fields of a shape, those inside others by their path; deep ones are left to the example. */
export function listFields(schema: unknown, schemas: Record<string, unknown>): ShownField[] {
  const fields: ShownField[] = [];
  const resolve = (given: unknown): Schema => {
    const read = schemaShape.safeParse(given).data ?? schemaShape.parse({});
    return read.$ref === undefined ? read : (schemaShape.safeParse(schemas[read.$ref.split("/").at(-1) ?? ""]).data ?? read);
  };
  const inside = (given: Schema, path: string, depth: number): void => {
    if (depth > mostDepth) return;
    for (const variant of [...(given.anyOf ?? []), ...(given.oneOf ?? [])]) inside(resolve(variant), path, depth);
    if (given.items !== undefined) inside(resolve(given.items), `${path}[]`, depth);
    for (const [name, value] of Object.entries(given.properties ?? {})) {
      const [child, at] = [resolve(value), path === "" ? name : `${path}.${name}`];
      const known = fields.find((field) => field.path === at);
      const text = describeSchema(child);
      if (known && !known.text.includes(text)) known.text += `; or ${text}`;
      if (!known && fields.length < mostFields) fields.push({ path: at, text, required: given.required?.includes(name) ?? false });
      inside(child, at, depth + 1);
    }
  };
  inside(resolve(schema), "", 1);
  return fields;
}
