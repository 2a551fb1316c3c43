import { type ErrorCode, errorTable } from "../../schema/wire/error.ts";

/** Refusals by status, each with the codes it comes with and one of them as it looks. */
const requestId = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const retryAfter = { "Retry-After": { $ref: "#/components/headers/RetryAfter" } };
const refusalNames: Record<number, string> = {
  ...{ 400: "Invalid", 401: "Unauthenticated", 402: "PaymentRequired", 403: "Forbidden", 404: "NotFound" },
  ...{ 409: "Conflict", 410: "Gone", 413: "TooLarge", 415: "UnsupportedMediaType", 429: "RateLimited", 500: "Internal" },
  ...{ 502: "Upstream", 503: "Unavailable", 504: "Timeout", 507: "NoRoom" },
};
const nameOf = (status: number) => refusalNames[status] ?? `Status${status}`;
const codes = Object.keys(errorTable) as ErrorCode[];
/** Without 405, which is of another method than the one that is described. */
const statuses = [...new Set(codes.map((code) => errorTable[code].status))].filter((status) => status !== 405);

export function refusalsOfStatus(status: number) {
  const matching = codes.filter((code) => errorTable[code].status === status);
  const examples = matching.map((code) => {
    const { message, retryable } = errorTable[code];
    return [code, { value: { error: { code, message, retryable, requestId } } }] as const;
  });
  const description = matching.map((code) => `\`${code}\`: ${errorTable[code].message}`).join(" ");
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Refusal" }, examples: Object.fromEntries(examples) } };
  const headers = { "X-Request-Id": { $ref: "#/components/headers/RequestId" }, ...(status === 429 || status === 503 ? retryAfter : {}) };
  return { description, headers, content };
}
/** What speaks as a provider of models refuses in its form, and passes the provider's own refusals on. */
const modelRefusal = {
  description: "A refusal in the form of the provider that is spoken to.",
  headers: { "X-Request-Id": { $ref: "#/components/headers/RequestId" } },
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: {
          error: { type: "object", properties: { message: { type: "string" } }, required: ["message"], additionalProperties: {} },
        },
        ...{ required: ["error"], additionalProperties: {} },
      },
      examples: {
        rate_limited: {
          value: { error: { message: errorTable.rate_limited.message, type: "rate_limited", code: "rate_limited", param: null } },
        },
      },
    },
  },
};
export const refusalResponses = {
  ...Object.fromEntries(statuses.map((status) => [nameOf(status), refusalsOfStatus(status)])),
  ModelRefusal: modelRefusal,
};
export const refusalHeaders = {
  RetryAfter: { description: "Seconds after which it may be tried again", schema: { type: "integer", minimum: 1 }, example: 10 },
  RequestId: { description: "The id of this request, in every log", schema: { type: "string" }, example: requestId },
  IdempotentReplay: {
    description: "This is the first answer to the same key, again",
    schema: { type: "string", enum: ["true"] },
    example: "true",
  },
};

/**
 * What asks the member's actor, which may be away, refuse what
 * its state does not take, or have no such thing.
 */
const actorTags = ["Actors", "Agents", "Approvals", "Channels", "History", "Live", "Memory", "OpenCode", "Plans", "Quests", "Tasks"];
/** What needs a plan, and may meet what another call did meanwhile, also where it is only read. */
const planTags = [...actorTags, "Billing", "Git", "Previews", "Projects"];
/** Where nobody is signed in, and something in the address or the body says who asks. */
const bearers: readonly { path: RegExp; statuses: number[] }[] = [
  { path: /^\/hosts\/join$/, statuses: [401, 404, 410] },
  { path: /^\/account\/exports\/archive$/, statuses: [401, 404] },
  { path: /^\/git\/downloads$/, statuses: [401] },
  { path: /^\/webhooks\//, statuses: [401, 413] },
];
type Operation = { path: string; method: string; tag: string; scheme: string | undefined; body: boolean };
/** The statuses with which an operation may refuse. */
function refusesWith({ path, method, tag, scheme, body }: Operation): number[] {
  const operators = tag === "Hosts" || /^\/(receipts\/keys|support|payments)/.test(path);
  if (tag === "Model") return [400, 401, 402, 403, 404, 409, 413, 415, 429, 500, 502, 503, 504];
  return [
    400,
    ...(scheme === undefined ? [] : [401, 403]),
    ...(scheme === "session" ? [410] : []),
    ...(body ? [413, 415] : []),
    ...(path.includes("{") || method === "delete" || operators || planTags.includes(tag) ? [404] : []),
    ...(method === "get" && !planTags.includes(tag) ? [] : [409]),
    ...(planTags.includes(tag) || tag === "Tools" ? [402, 502, 504] : []),
    ...(method === "get" && !actorTags.includes(tag) ? [] : [507]),
    ...bearers.flatMap(({ path: known, statuses }) => (known.test(path) ? statuses : [])),
    ...[429, 500, 503],
  ];
}
export function refusalsOf(operation: Operation): Record<string, { $ref: string }> {
  const all = [...new Set(refusesWith(operation))].sort((a, b) => a - b);
  return Object.fromEntries(
    all.map((status) => [
      String(status),
      { $ref: `#/components/responses/${operation.tag === "Model" ? "ModelRefusal" : nameOf(status)}` },
    ]),
  );
}
