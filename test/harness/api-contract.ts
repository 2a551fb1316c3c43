import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { z } from "zod";

/**
 * The API's own description as a judge of answers: whether one has a status, a type and a shape that are
 * promised there.
 */
const parameter = z.looseObject({ name: z.string(), in: z.string(), example: z.unknown().optional(), schema: z.looseObject({}) });
const operation = z.looseObject({
  responses: z.record(z.string(), z.unknown()),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z.array(z.union([parameter, z.object({ $ref: z.string() })])).default([]),
  requestBody: z.object({ content: z.record(z.string(), z.looseObject({ example: z.unknown().optional() })) }).optional(),
});
const described = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ responses: z.record(z.string(), z.unknown()) }),
});
const promise = z.looseObject({ content: z.record(z.string(), z.looseObject({})).optional() });
const named = z.object({ $ref: z.string().startsWith("#/components/responses/") });

type Route = { template: string; pattern: RegExp; methods: Record<string, z.infer<typeof operation>> };
export type JudgedAnswer = { method: string; path: string; status: number; type: string; json: unknown };

/** Of two addresses that fit the one with fewer parameters is meant. */
const parameters = (template: string) => template.split("{").length;
const escapeStep = (step: string) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"));

export class ApiContract {
  private readonly document: z.infer<typeof described>;
  private readonly routes: Route[];
  private readonly judges = new Map<string, ValidateFunction>();
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });

  constructor(text: string) {
    this.document = described.parse(JSON.parse(text));
    this.ajv.addSchema({ ...this.document, $id: "api:description" });
    this.routes = Object.entries(this.document.paths)
      .map(([template, methods]) => ({
        template,
        methods,
        pattern: new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "[^/]+")}$`),
      }))
      .sort((a, b) => parameters(a.template) - parameters(b.template));
  }

  /** What is not as it is promised, in words; undefined where all is, and where nothing is promised. */
  breachOf({ method, path, status, type, json }: JudgedAnswer): string | undefined {
    const route = this.routes.find(({ pattern }) => pattern.test(path));
    const { responses } = route?.methods[method.toLowerCase()] ?? {};
    if (!route || !responses) return undefined;
    const where = `${method} ${route.template} ${status}`;
    const steps = ["paths", route.template, method.toLowerCase(), "responses", String(status)];
    const given = responses[status];
    if (given === undefined) return `${where}: the description knows no such status here`;
    const reference = named.safeParse(given).data?.$ref;
    const at = reference === undefined ? steps : reference.slice(2).split("/");
    const { content } = promise.parse(reference === undefined ? given : this.document.components.responses[at.at(-1)!]);
    if (content === undefined) return undefined;
    const media = type.split(";")[0]!.trim();
    if (content[media] === undefined) return `${where}: answered as ${media || "nothing"}, promised as ${Object.keys(content).join(", ")}`;
    if (media !== "application/json") return undefined;
    const judge = this.judgeOf([...at, "content", media, "schema"]);
    return judge(json) ? undefined : `${where}: ${this.ajv.errorsText(judge.errors, { dataVar: "answer" })}`;
  }

  /** Every operation, and what of its input a JSON schema says. */
  operations() {
    return this.routes.flatMap(({ template, methods }) =>
      Object.entries(methods).map(([method, { security, parameters: all, requestBody }]) => {
        const steps = ["paths", template, method];
        const described = all.map((each, index) => ({ each: parameter.safeParse(each).data, index }));
        const queries = described.flatMap(({ each, index }) =>
          each?.in === "query"
            ? [
                {
                  name: each.name,
                  takes: (text: string) => takesText(this.judgeOf([...steps, "parameters", String(index), "schema"]), text),
                },
              ]
            : [],
        );
        const json = requestBody?.content["application/json"];
        const judge = () => this.judgeOf([...steps, "requestBody", "content", "application/json", "schema"]);
        const body = json && { example: json.example, takes: (value: unknown) => judge()(value) === true };
        return {
          method: method.toUpperCase(),
          template,
          security,
          queries,
          body,
          names: [...template.matchAll(/\{(\w+)\}/g)].map((name) => name[1]!),
        };
      }),
    );
  }
  /** Every method that an address takes, by name: also by another template that it fits. */
  methodsAt(path: string): string[] {
    const all = this.routes.flatMap(({ pattern, methods }) => (pattern.test(path) ? Object.keys(methods) : []));
    return [...new Set(all.flatMap((method) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()])))].sort();
  }
  /** What a path's parameter may be; of nobody's. */
  parameterExample(template: string, name: string): string {
    const methods = Object.values(this.document.paths[template] ?? {});
    const found = methods
      .flatMap(({ parameters: all }) => all.map((each) => parameter.safeParse(each).data))
      .find((each) => each?.in === "path" && each.name === name);
    return String(found?.example ?? "nothing");
  }
  private judgeOf(steps: string[]): ValidateFunction {
    const pointer = `api:description#/${steps.map(escapeStep).join("/")}`;
    const known = this.judges.get(pointer) ?? this.ajv.compile({ $ref: pointer });
    this.judges.set(pointer, known);
    return known;
  }
}
/** A query's value is text: it is taken as that, or as the number or the truth value that it spells. */
function takesText(judge: ValidateFunction, text: string): boolean {
  const spelled = [text, ...(/^-?\d{1,16}$/.test(text) ? [Number(text)] : []), ...(/^(true|false)$/.test(text) ? [text === "true"] : [])];
  return spelled.some((value) => judge(value));
}
