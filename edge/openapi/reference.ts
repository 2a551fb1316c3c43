import { html, raw } from "hono/html";
import { z } from "zod";
import { listFields } from "./reference-fields.ts";

/**
 * The API's description as a page for people, made of the document that programs read. It has no script and
 * loads nothing: each address is folded behind its line, and a link leads to it by its name.
 */
const example = z.looseObject({
  schema: z.unknown().optional(),
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
});
const content = z.record(z.string(), example);
const response = z.union([
  z.object({ $ref: z.string() }),
  z.object({ description: z.string(), content: content.optional() }).transform((told) => ({ ...told, $ref: undefined })),
]);
const parameterShape = z.object({
  name: z.string(),
  in: z.string(),
  required: z.boolean().optional(),
  schema: z.unknown().optional(),
  description: z.string().optional(),
  example: z.unknown().optional(),
});
const operation = z.object({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  summary: z.string(),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z.array(parameterShape).optional(),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), response),
});
const described = z.object({
  info: z.object({ title: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    schemas: z.record(z.string(), z.unknown()),
    securitySchemes: z.record(z.string(), z.object({ description: z.string() })),
    responses: z.record(z.string(), z.object({ description: z.string(), content })),
  }),
});
type Described = z.infer<typeof described>;
type ShownOperation = z.infer<typeof operation> & { method: string; path: string };
type Html = ReturnType<typeof html>;

const style =
  "body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;background:#fafcfb;color:#16211c}h1{font-size:1.5rem}h2{font-size:1.15rem;margin:2.5rem 0 .25rem}h3{font-size:.95rem;margin:1rem 0 .25rem}p{margin:.25rem 0 .75rem}a{color:#0b5c4a}nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem}nav a,summary{padding:.35rem 0}details{border-top:1px solid #d5dfda}details>div{padding:0 0 1rem 1rem}summary{cursor:pointer;overflow-wrap:anywhere}summary b{display:inline-block;min-width:4.2rem;font:600 13px ui-monospace,monospace;color:#0b5c4a}code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:#eef4f1;padding:.75rem;overflow:auto;max-height:24rem;margin:.25rem 0}table{border-collapse:collapse;width:100%;font-size:14px}td{vertical-align:top;padding:.25rem .75rem .25rem 0;overflow-wrap:anywhere}td:first-child{width:36%}.sub{color:#4c5a54}@media(prefers-color-scheme:dark){body{background:#141d19;color:#e6ece9}a,summary b{color:#7fd3bb}pre{background:#1d2924}details{border-color:#34443d}.sub{color:#a3b1ab}}";

const words = (text: string): Html => html`${raw(html`${text}`.toString().replace(/`([^`]+)`/g, "<code>$1</code>"))}`;
const showJson = (value: unknown): Html =>
  html`<pre tabindex="0">${typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>`;
function showFields(schema: unknown, { components }: Described): Html {
  const fields = listFields(schema, components.schemas);
  if (fields.length === 0) return html``;
  return html`<table>${fields.map(({ path, text, required }) => html`<tr><td><code>${path}</code>${required ? "" : html` <span class="sub">optional</span>`}</td><td>${text}</td></tr>`)}</table>`;
}
const showContent = (all: z.infer<typeof content>, document: Described): Html[] =>
  Object.entries(all).map(
    ([type, { schema, example: value, examples }]) =>
      html`${type === "application/json" ? "" : html`<p class="sub"><code>${type}</code></p>`}${showFields(schema, document)}${value === undefined ? "" : showJson(value)}${Object.values(examples ?? {}).map((each) => showJson(each.value))}`,
  );

function showAnswers({ responses }: ShownOperation, document: Described): Html {
  const taken = Object.entries(responses).flatMap(([status, told]) => (told.$ref === undefined ? [{ status, ...told }] : []));
  const refusals = Object.entries(responses).flatMap(([status, { $ref }]) =>
    $ref === undefined ? [] : [{ status, name: $ref.split("/").at(-1) ?? "" }],
  );
  return html`${taken.map(({ status, description, content: told }) => html`<h3>${status} ${description}</h3>${told ? showContent(told, document) : ""}`)}
<h3>Refusals</h3><p>${refusals.map(({ status, name }) => html`<a href="#refusal-${name}">${status}</a> `)}</p>`;
}
function showOperation(each: ShownOperation, document: Described): Html {
  const { operationId, method, path, summary, description, security, parameters = [], requestBody } = each;
  const scheme = Object.keys(security[0] ?? {})[0];
  const signed = scheme === undefined ? "Asked by anybody" : document.components.securitySchemes[scheme]?.description;
  return html`<details id="${operationId}"><summary><b>${method.toUpperCase()}</b> <code>${path}</code> <span class="sub">${summary}</span></summary><div>
${description ? html`<p>${words(description)}</p>` : ""}<p class="sub">${words(signed ?? "")}. <a href="#${operationId}">${operationId}</a></p>
${parameters.length > 0 ? html`<h3>Parameters</h3><table>${parameters.map((given) => showParameter(given, document))}</table>` : ""}
${requestBody ? html`<h3>Body</h3>${showContent(requestBody.content, document)}` : ""}${showAnswers(each, document)}</div></details>`;
}
function showParameter(
  { name, in: place, required, schema, description, example: value }: z.infer<typeof parameterShape>,
  document: Described,
): Html {
  const [field] = listFields({ type: "object", properties: { [name]: schema } }, document.components.schemas);
  const told = [field?.text, description].filter(Boolean).join(". ");
  return html`<tr><td><code>${name}</code> <span class="sub">in ${place}${required ? "" : ", optional"}</span></td><td>${told} <code>${JSON.stringify(value)}</code></td></tr>`;
}

/** The whole page. `document`: what `/openapi.json` answers. */
export function makeReference(document: unknown): string {
  const all = described.parse(document);
  const operations = Object.entries(all.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]): ShownOperation => ({ ...each, method, path })),
  );
  const tags = all.tags.map((tag) => ({ ...tag, operations: operations.filter(({ tags: [name] }) => name === tag.name) }));
  const anchor = (name: string) => `tag-${name.replaceAll(" ", "-")}`;
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${all.info.title} API</title><style>${raw(style)}</style></head><body><main>
<h1>${all.info.title} API</h1><p>${words(all.info.description)}</p>
<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). ${operations.length} addresses.</p>
<nav aria-label="Parts">${tags.map(({ name }) => html`<a href="#${anchor(name)}">${name}</a>`)} <a href="#refusals">Refusals</a></nav>
${tags.map(({ name, description, operations: some }) => html`<h2 id="${anchor(name)}">${name}</h2><p class="sub">${description}</p>${some.map((each) => showOperation(each, all))}`)}
<h2 id="refusals">Refusals</h2><p class="sub">Every refusal has this shape; what is retryable may be asked again.</p>
${Object.entries(all.components.responses).map(([name, told]) => html`<details id="refusal-${name}"><summary>${words(told.description)}</summary><div>${showContent({ "application/json": { schema: undefined, example: undefined, examples: told.content["application/json"]?.examples } }, all)}</div></details>`)}
</main></body></html>`.toString();
}
export const referenceHeaders = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
};
