import type { Context } from "hono";
import { z } from "zod";
import type { RouteScope } from "../../schema/account/access-token.ts";
import { type ActionName, actions, type InputOf } from "../../schema/actions.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import type { OpenapiTag } from "../openapi/tags.ts";
import { refuseForeignProject } from "../project/own-project.ts";
import { askOwnActor } from "./actor-call.ts";

/**
 * Addresses that do nothing but ask the member's own actor, each a line of a table. What the address takes
 * and answers is the action's own contract (`schema/actions.ts`): a name in the path is the field of the
 * input that is called so, and the rest of the input is the query of GET and DELETE, else the body.
 */
type AskedCall = Context<EdgeApp & SessionVariables>;
/** Something of the member's that the path names and the action does not take; `check` refuses another's. */
export type OwnedName = { name: string; shape: z.ZodType<string>; check: (c: AskedCall, value: never) => Promise<unknown> };
type Ways = {
  status?: 200 | 201 | 202;
  description?: string;
  /** Of a name in the path, the field of the input that it is, where that is called otherwise. */
  named?: Readonly<Record<string, string>>;
  owned?: OwnedName;
  /** Fields of the input that the address itself says. */
  says?: Readonly<Record<string, unknown>>;
  /** The query or the body, where it is not what is left of the input; null where there is none. */
  takes?: z.ZodType | null;
  /** What is answered, where the action's own shape can't be described. */
  answers?: z.ZodType;
  /** By which the answer's shape is named in the description, where its schema has no name. */
  answerName?: string;
  /** What it takes of an access token, where that is not \`read\` of a look and \`work\` of a change. */
  scope?: RouteScope;
  bodyBytes?: number;
  /** Milliseconds that the actor may take. */
  deadline?: number;
};
type AskedAddress = Ways & { action: ActionName; summary: string; answer: string };
type Address = `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /${string}`;

/** The address asks for `action`; `answer` says in the description what it answers. */
export function asksActor<A extends ActionName>(
  action: A,
  summary: string,
  answer: string,
  ways: Ways & { says?: Partial<InputOf<A>> } = {},
): AskedAddress {
  return { action, summary, answer, ...ways };
}

const shapeOf = (action: ActionName): z.ZodObject | undefined => {
  const input: z.ZodType = actions[action].in;
  return input instanceof z.ZodObject ? input : undefined;
};
/** Of a path: its names, and the input's field of each; `owned` is none of the input's. */
function readPath(address: string, { action, named = {}, owned }: AskedAddress) {
  const input = shapeOf(action);
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const fields = names.filter((name) => name !== owned?.name).map((name) => [name, named[name] ?? name] as const);
  const params = fields.map(([name, field]) => {
    const shape: unknown = input?.shape[field];
    if (!(shape instanceof z.ZodType)) throw new Error(`${address}: ${action} takes no ${field}`);
    return [name, shape instanceof z.ZodOptional ? shape.unwrap() : shape] as const;
  });
  const all = owned ? [[owned.name, owned.shape] as const, ...params] : params;
  return { fields, params: all.length > 0 ? z.object(Object.fromEntries(all) as z.ZodRawShape) : undefined };
}
/** What is left of the input when the path and the address have said their part. */
function restOf({ action, takes, says = {} }: AskedAddress, inPath: readonly string[]): z.ZodType | undefined {
  if (takes !== undefined) return takes ?? undefined;
  const input = shapeOf(action);
  if (!input) return undefined;
  const said = [...inPath, ...Object.keys(says)];
  const rest = said.length === 0 ? input : input.omit(Object.fromEntries(said.map((field) => [field, true])) as Record<string, true>);
  return Object.keys(rest.shape).length === 0 ? undefined : rest;
}
/** A body that may be left out where an empty one fits. */
const bodyOf = (rest: z.ZodType) => ({ required: !rest.safeParse({}).success, content: { "application/json": { schema: rest } } });

function addRoute(app: ReturnType<typeof newApp>, tag: OpenapiTag, address: string, asked: AskedAddress): void {
  const [verb = "", path = ""] = address.split(" ");
  const { action, summary, answer, description, status = 200, says, owned, deadline } = asked;
  const { fields, params } = readPath(address, asked);
  const rest = restOf(
    asked,
    fields.map(([, field]) => field),
  );
  const hasBody = verb !== "GET" && verb !== "DELETE";
  const shape = asked.answers ?? actions[action].out;
  const route = memberDoor({
    method: verb.toLowerCase() as "get",
    path,
    tags: [tag],
    summary,
    ...(fields.some(([, field]) => field === "project") ? { before: [refuseForeignProject] } : {}),
    ...(asked.bodyBytes === undefined ? {} : { body: asked.bodyBytes }),
    scope: asked.scope ?? ("changes" in actions[action] ? "work" : "read"),
    ...("changes" in actions[action] ? {} : { key: false }), // a look, though it is asked with a body
    ...(description === undefined ? {} : { description }),
    request: {
      ...(params ? { params } : {}),
      ...(rest ? (hasBody ? { body: bodyOf(rest) } : { query: rest as z.ZodObject }) : {}),
    },
    responses: { [status]: jsonAnswer(answer, asked.answerName ? shape.meta({ id: asked.answerName }) : shape), ...refusalAnswers },
  });
  app.openapi(route, async (c) => {
    const valid = (target: "param" | "query" | "json"): Record<string, unknown> => c.req.valid(target as never); // by the shapes of `request`
    const given = params ? valid("param") : {};
    if (owned) await owned.check(c, given[owned.name] as never); // of its `shape`
    const inPath = Object.fromEntries(fields.map(([name, field]) => [field, given[name]]));
    const input = { ...(rest ? valid(hasBody ? "json" : "query") : {}), ...inPath, ...says };
    const answered = await askOwnActor(c, action, input as never, deadline === undefined ? {} : { deadline }); // of the action's own shape
    return c.json(answered as object, status) as never;
  });
}

/** The addresses of one part of the API. `ways` holds for each of them that says nothing else. */
export function askedRoutes(tag: OpenapiTag, table: Readonly<Record<Address, AskedAddress>>, ways: Ways = {}) {
  const app = newApp();
  for (const [address, asked] of Object.entries(table)) addRoute(app, tag, address, { ...ways, ...asked });
  return app;
}
