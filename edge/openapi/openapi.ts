import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { takesKey } from "../door.ts";
import { jsonAnswer, mayBeEmpty, type newApp, refusalAnswers } from "../http.ts";
import { limitPagesByAddress } from "../kernel/auth.ts";
import { exampleMaker } from "./example.ts";
import { answerExamples, parameterExamples, requestExamples } from "./known-examples.ts";
import { type JsonSchema, mendSchemas, operationId } from "./portable-schema.ts";
import { makeReference, referenceHeaders } from "./reference.ts";
import { refusalHeaders, refusalResponses, refusalsOf, refusalsOfStatus } from "./refusal.ts";
import { openapiTags } from "./tags.ts";

const schemes = {
  session: { type: "http", scheme: "bearer", description: "A session token of the identity provider" },
  accessToken: { type: "http", scheme: "bearer", description: "An access token of a member, with the scopes that are named" },
  machine: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "`Machine <jwt>`: this call, signed with the machine's key",
  },
  agent: { type: "http", scheme: "bearer", description: "A token signed by the host for one agent" },
  gitToken: { type: "http", scheme: "basic", description: "A Git token of a member as the password, with any user name" },
  live: { type: "apiKey", in: "header", name: "X-Rivet-Conn-Params", description: '`{"ticket": "…"}` with a live ticket' },
} as const;
const repeats = {
  again: "A repeat with the same key within a day gets the first answer; with another body or query it is refused.",
  once: "What is made is shown once: a repeat with the same key within a day is refused with `shown_once`, and makes nothing.",
} as const;
const idempotencyKey = (repeat: keyof typeof repeats) => ({
  name: "Idempotency-Key",
  in: "header",
  description: repeats[repeat],
  schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,200}$" },
  example: "6f1b2c34-5d6e-4f70-8a91-b2c3d4e5f607",
});
/**
 * Git shows its user a refusal as it stands, so it is plain text; what
 * is refused before the repository is looked at is as everywhere.
 */
const gitStatuses = [400, 401, 402, 403, 404, 413, 415, 429, 503];
const plainTextBody = { schema: { type: "string" }, example: "Give a Git token as the password, or an access token." };
const gitRefusals = Object.fromEntries(
  gitStatuses.map((status) => {
    const usual = Object.values(refusalsOfStatus(status).content)[0];
    return [String(status), { description: "A refusal, in words", content: { "text/plain": plainTextBody, "application/json": usual } }];
  }),
);
const media = z.record(z.string(), z.looseObject({ schema: z.record(z.string(), z.unknown()).optional() }));
const response = z.looseObject({ content: media.optional(), headers: z.record(z.string(), z.unknown()).optional() });
const parameter = z.looseObject({ name: z.string(), in: z.string(), schema: z.record(z.string(), z.unknown()).optional() });
const requestBody = z.looseObject({ [mayBeEmpty]: z.boolean().optional(), content: media });
type RequestBody = z.infer<typeof requestBody>;
const operationShape = z.looseObject({
  tags: z.tuple([z.string()]),
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  parameters: z.array(parameter).optional(),
  requestBody: requestBody.optional(),
  responses: z.record(z.string(), response),
  [takesKey]: z.enum(["again", "once"]).optional(),
});
const document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});
type Operation = z.infer<typeof operationShape>;

/**
 * A header or a query has no null: what the generator says so of is a number that is read out of text. The
 * examples that a name stands for are those of the requests.
 */
function describeParameter(given: z.infer<typeof parameter>, example: Examples) {
  const { type, ...schema } = given.schema ?? {};
  const plain = Array.isArray(type) ? type.filter((each) => each !== "null") : type;
  const single = Array.isArray(plain) && plain.length === 1 ? plain[0] : plain;
  const described = { ...schema, ...(single === undefined ? {} : { type: single }) };
  return { ...given, schema: described, example: parameterExamples[given.name] ?? example(described) };
}

type Media = z.infer<typeof media>;
type Examples = (schema: JsonSchema) => unknown;
/** Each body with an example: the known one, or one that is made of its schema where it is JSON. */
function addExamples(content: Media, example: Examples, known?: unknown): object {
  const shown = Object.entries(content).map(([type, { schema, ...others }]) => {
    const shownBody = known ?? (schema && type === "application/json" ? example(schema) : undefined);
    const body = shownBody === undefined ? {} : { example: shownBody };
    return [type, { ...(schema ? { schema } : {}), ...body, ...others }];
  });
  return Object.fromEntries(shown);
}
function completeAnswers(name: string, answers: Operation["responses"], replays: boolean, example: Examples): object {
  const headers = {
    "X-Request-Id": { $ref: "#/components/headers/RequestId" },
    ...(replays ? { "Idempotent-Replay": { $ref: "#/components/headers/IdempotentReplay" } } : {}),
  };
  const all = Object.entries(answers).filter(([status]) => status !== "default");
  return Object.fromEntries(
    all.map(([status, each]) => {
      const content = each.content ? { content: addExamples(each.content, example, answerExamples[name]) } : {};
      return [status, { ...each, ...content, headers: { ...each.headers, ...headers } }];
    }),
  );
}
function describeBody({ [mayBeEmpty]: isOptional, ...body }: RequestBody, example: Examples, known: unknown): object {
  return { ...body, ...(isOptional ? { required: false } : {}), content: addExamples(body.content, example, known) };
}
function completeOperation(path: string, method: string, { [takesKey]: repeat, ...given }: Operation, example: Examples): object {
  const scheme = Object.keys(given.security?.[0] ?? {})[0];
  const name = operationId(method, path);
  const asked = { path, method, tag: given.tags[0], scheme, body: given.requestBody !== undefined };
  const refused = scheme === "gitToken" ? gitRefusals : refusalsOf(asked);
  const parameters = [
    ...(given.parameters ?? []).map((each) => describeParameter(each, example)),
    ...(repeat ? [idempotencyKey(repeat)] : []),
  ];
  const { requestBody: body } = given;
  return {
    operationId: name,
    ...given,
    security: given.security ?? [],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: describeBody(body, example, requestExamples[name]) } : {}),
    responses: { ...refused, ...completeAnswers(name, given.responses, repeat === "again", example) },
  };
}

/**
 * What the generator made of the routes, with what it can't know: names,
 * examples, refusals by status, headers, and patterns that any engine reads.
 */
function completeDocument(generated: unknown): object {
  const { paths, components, ...rest } = document.parse(mendSchemas(generated));
  const schemas = { ...components.schemas };
  const example = exampleMaker(schemas);
  const all = Object.entries(paths).map(([path, methods]) => [
    path,
    Object.fromEntries(Object.entries(methods).map(([method, each]) => [method, completeOperation(path, method, each, example)])),
  ]);
  return {
    ...rest,
    tags: openapiTags,
    paths: Object.fromEntries(all),
    components: { ...components, schemas, responses: refusalResponses, headers: refusalHeaders },
  };
}

/** Serves what the routes say of themselves as OpenAPI 3.1. */
export function serveDescription(app: ReturnType<typeof newApp>): void {
  for (const [name, scheme] of Object.entries(schemes)) app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  app.openAPIRegistry.registerPath(
    createRoute({
      method: "get",
      path: "/openapi.json",
      tags: ["Platform"],
      summary: "This document",
      responses: { 200: jsonAnswer("OpenAPI 3.1", z.looseObject({ openapi: z.literal("3.1.0") })), ...refusalAnswers },
    }),
  );
  app.openAPIRegistry.registerPath(
    createRoute({
      method: "get",
      path: "/reference",
      tags: ["Platform"],
      summary: "The same as a page for people",
      responses: { 200: { description: "A page", content: { "text/html": { schema: z.string() } } }, ...refusalAnswers },
    }),
  );
  let made: object | undefined;
  let page: string | undefined;
  const make = (home: string) => {
    made ??= completeDocument(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "GrowQR",
          version: "1",
          description:
            "Most of what changes something takes an `Idempotency-Key`: a repeat gets the first answer. Every refusal is `{error: {code, message, retryable, requestId}}`; what says `retryable` may be tried again, after `Retry-After` where that is given.",
          license: { name: "Proprietary", url: home },
        },
        servers: [{ url: home }],
      }),
    );
    return made;
  };
  app.get("/openapi.json", limitPagesByAddress, (c) => c.json(make(c.var.config.PUBLIC_URL)));
  app.get("/reference", limitPagesByAddress, (c) => {
    page ??= makeReference(make(c.var.config.PUBLIC_URL));
    return c.html(page, 200, referenceHeaders);
  });
}
