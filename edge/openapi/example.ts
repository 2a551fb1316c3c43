import { prefixes } from "../../schema/wire/id.ts";
import type { JsonSchema } from "./portable-schema.ts";

/** Values that a schema takes, for people to read and programs to begin with. */
const exampleId = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const moment = 1_800_000_000_000;
/** The first that fits a text's pattern and length is its example. */
const texts = [
  ...[
    "Bakery",
    "bakery",
    "growqr/memory",
    "projects/bakery",
    "index.html",
    "laptop-0001",
    "main",
    "memory",
    "1",
    "https://example.com/hook",
  ],
  ...prefixes.map((prefix) => `${prefix}_${exampleId}`),
  ...[
    "a".repeat(40),
    "a".repeat(64),
    "receipt-01arz3ndektsv4rrffq69g5fav",
    "0123456789-photo.png",
    `${moment}-ses_${exampleId}`,
    "http://localhost:8080/",
    "A".repeat(22),
    "A".repeat(43),
    "A".repeat(87),
    "~",
  ],
];
const formats: Record<string, string> = {
  ...{ "date-time": "2027-01-15T08:00:00.000Z", date: "2027-01-15", time: "08:00", email: "ada@example.com" },
  ...{ uri: "https://example.com/hook", url: "https://example.com/hook", uuid: "6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607" },
};

function textFor({ pattern, minLength, maxLength, format, description }: JsonSchema): string {
  if (typeof format === "string" && formats[format] !== undefined) return formats[format];
  const [least, most] = [
    typeof minLength === "number" ? minLength : 0,
    typeof maxLength === "number" ? maxLength : Number.POSITIVE_INFINITY,
  ];
  const shape = typeof pattern === "string" ? new RegExp(pattern) : undefined;
  const found = texts.find((text) => text.length >= least && text.length <= most && (shape?.test(text) ?? true));
  if (found !== undefined) return found;
  if (shape === undefined) return "a".repeat(least);
  throw new Error(`no example is known of ${pattern} (${description ?? "no description"})`);
}
function numberFor(name: string, { minimum, maximum, exclusiveMinimum, type }: JsonSchema): number {
  const least = typeof minimum === "number" ? minimum : typeof exclusiveMinimum === "number" ? exclusiveMinimum + 1 : 0;
  if (
    /(At|Ends|End|Start|Activity|Heartbeat|Probe)$|^(at|now|since|updated)$/.test(name) &&
    (typeof maximum !== "number" || maximum >= moment)
  )
    return moment;
  return type === "integer" ? Math.ceil(Math.max(least, 0)) : Math.max(least, 0);
}

export function exampleMaker(schemas: Record<string, unknown>) {
  const resolve = (schema: JsonSchema): JsonSchema => {
    const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
    return name === undefined ? schema : resolve(schemas[name] as JsonSchema);
  };
  const make = (given: JsonSchema, name: string, depth: number): unknown => {
    const schema = resolve(given);
    if (schema.example !== undefined) return schema.example;
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum)) return schema.enum[0];
    if (schema.default !== undefined) return schema.default;
    if (Array.isArray(schema.allOf)) return Object.assign({}, ...schema.allOf.map((part) => make(part, name, depth) ?? {}));
    const choice = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(choice)) return make(choice.find((each) => resolve(each).type !== "null") ?? choice[0], name, depth);
    const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== "null") : schema.type;
    if (type === "string") return textFor(schema);
    if (type === "integer" || type === "number") return numberFor(name, { ...schema, type });
    if (type === "boolean") return true;
    if (type === "null") return null;
    if (type === "array") return list(schema, name, depth);
    return type === "object" || schema.properties ? record(schema, depth) : {};
  };
  const list = ({ items, minItems }: JsonSchema, name: string, depth: number): unknown[] => {
    const count = typeof minItems === "number" ? minItems : depth < 4 ? 1 : 0;
    return typeof items === "object" && items !== null
      ? Array.from({ length: count }, () => make(items as JsonSchema, name, depth + 1))
      : [];
  };
  /** What may be missing is left out further down, or an example of everything would be a page. */
  const record = ({ properties, required }: JsonSchema, depth: number): JsonSchema => {
    const all = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
    const needed = Array.isArray(required) ? required : [];
    return Object.fromEntries(all.filter(([name]) => needed.includes(name)).map(([name, schema]) => [name, make(schema, name, depth + 1)]));
  };
  return (schema: JsonSchema): unknown => make(schema, "", 0);
}
