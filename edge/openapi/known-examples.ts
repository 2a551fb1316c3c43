/**
 * What to send, where the least that a shape takes would say little
 * or break a rule that a shape can't say. By the operation's name.
 */
const spec = {
  id: "landing-page",
  title: "A landing page",
  owner: "coding",
  outputs: ["index.html"],
  tests: ["grep -q '<h1' index.html"],
};
const blog = { quest: "create-blog", inputs: { project: "blog", title: "Crumbs", topic: "Bread at home" } };
const subscription = {
  name: "Ada's phone",
  endpoint: "https://push.example.com/send/6f1b2c34",
  keys: {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  },
};
export const requestExamples: Record<string, unknown> = {
  postBrowserErrors: {
    ...{ name: "TypeError", message: "Cannot read properties of undefined (reading …)", page: "/project", build: "index-6f1b2c34.js" },
    stack: "    at render (https://growqr.example/assets/index-6f1b2c34.js:2:1093)",
  },
  postAccountErasure: { confirm: "ada@example.com" },
  postSupportLooks: { account: "ada@example.com", reason: "Ticket 4711: the stack does not start" },
  postActorMessage: { clientId: "laptop-0001", text: "Make me a page that says hello" },
  postActorStop: { scope: "turn" },
  postChannelMessages: { clientId: "laptop-0002", text: "How far is the page?" },
  postOpencodeWorkspaceSessions: { title: "Try another menu" },
  postOpencodeWorkspaceStop: { scope: "turn" },
  postOpencodeSessionMessages: { clientId: "laptop-0003", text: "What would the menu look like in green?" },
  patchOpencodeSession: { title: "The green menu" },
  postTasks: { spec },
  postTaskAct: { reason: "The design changes first" },
  postPlans: { plan: { title: "A page for the bakery", tasks: [spec] } },
  postPlanEdits: { revision: 1, edits: [{ kind: "remove", id: "landing-page" }] },
  postPlanAct: { revision: 1 },
  postProjectCommands: { command: "npm test" },
  postProjectDomains: { name: "shop.example.org" },
  postBillingCheckout: { plan: "studio", quantity: 1 },
  putBillingPlan: { plan: "workshop", quantity: 1, from: { plan: "studio", quantity: 1 } },
  postGoals: { title: "Open a bakery", by: "2027-06-01" },
  patchGoal: { progress: 40 },
  putMemoryFile: { path: "preferences/design.md", text: "Prefers blue.\n", base: null },
  postQuests: blog,
  postQuestsPreview: blog,
  postGitTokens: { name: "Laptop", repositories: ["projects/bakery"] },
  postGitRepos: { name: "menu" },
  postGitRepoBranch: { name: "prices" },
  postGitRepoCommit: {
    branch: "prices",
    expectedHead: "a".repeat(40),
    message: "Add the prices",
    files: [{ path: "prices.md", content: "Bread: 4\n" }],
  },
  postGitRepoPullRequest: { branch: "prices", title: "Add the prices" },
  putProjectAutomation: { repair: "auto" },
  putSecret: { value: "not-a-real-key", origin: "https://api.tracker.example" },
  putKey: { key: "sk-not-a-real-key-0001" },
  putPlatformKey: { key: "sk-not-a-real-key-0001" },
  putModel: { paidBy: "platform", provider: "compatible", model: "demo" },
  postRemindersDevices: subscription,
  postRemindersWebhook: { url: "https://hooks.example.com/growqr" },
  postHostsTokens: { role: "host" },
  postLiveGatewayGrowAgentActionAction: { args: [{ requestId: "req_01ARZ3NDEKTSV4RRFFQ69G5FAV", key: "snapshot-0001", input: {} }] },
};

/** What an answer that is no JSON looks like. By the operation's name. */
const line = { at: 1_800_000_000_000, release: "rel_01ARZ3NDEKTSV4RRFFQ69G5FAV", stream: "out", text: "Listening on port 8080" };
const sent = {
  messageId: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV",
  clientId: "laptop-0001",
  text: "Make me a page that says hello",
  turnId: "trn_01ARZ3NDEKTSV4RRFFQ69G5FAV",
};
const stored = { seq: 42, at: 1_800_000_000_000, channel: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV", kind: "message.sent", body: sent };
const createdProject = {
  ...{ seq: 42, at: 1_800_000_000_000, channel: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV", kind: "project.created" },
  body: { projectId: "prj_01ARZ3NDEKTSV4RRFFQ69G5FAV", name: "bakery", repo: "projects/bakery" },
};
const auditLine = {
  ...{ v: 1, member: "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV", seq: 1, prev: "0".repeat(64), hash: "6f1b2c34".repeat(8), at: 1_800_000_000_000 },
  ...{ by: { kind: "member", id: "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV" }, kind: "secret", action: "putSecret", target: "tracker-key" },
  ...{ request: "req_01ARZ3NDEKTSV4RRFFQ69G5FAV", ms: 12, steps: [], result: "ok" },
};
export const answerExamples: Record<string, unknown> = {
  getReference: "<!doctype html><title>GrowQR API</title>",
  getActorEvents: { id: "42", event: stored.kind, data: JSON.stringify(stored) },
  getProjectEvents: { id: "42", event: "project.created", data: JSON.stringify(createdProject) },
  getOpencodeSessionEvents: { id: "42", event: stored.kind, data: JSON.stringify(stored) },
  getAccountExportsArchive: "PK…",
  getAuditExport: `${JSON.stringify(auditLine)}\n`,
  getOpencodeWorkspaceLogs: "INFO  2027-01-15T08:00:00 +12ms service=server method=GET path=/session request\n",
  getProjectLogs: `${JSON.stringify(line)}\n`,
};

/** What a parameter holds, where its shape would take nearly anything. By its name. */
export const parameterExamples: Record<string, unknown> = {
  kid: "receipt-01arz3ndektsv4rrffq69g5fav",
  ...{ path: "index.html", folder: "docs", repo: "projects/bakery", search: "error", project: "bakery" },
  ...{ provider: "openai", type: "coding" },
  ...{ confirm: "bakery", lines: 100, columns: 80, rows: 24, month: "2026-11" },
};
