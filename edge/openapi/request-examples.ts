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
  postActorMessage: { clientId: "laptop-0001", text: "Make me a page that says hello" },
  postActorStop: { scope: "turn" },
  postChannelMessages: { clientId: "laptop-0002", text: "How far is the page?" },
  postTasks: { spec },
  postTask: { reason: "The design changes first" },
  postPlans: { plan: { title: "A page for the bakery", tasks: [spec] } },
  postPlanEdits: { revision: 1, edits: [{ kind: "remove", id: "landing-page" }] },
  postPlan: { revision: 1 },
  postGoals: { title: "Open a bakery", by: "2027-06-01" },
  patchGoal: { progress: 40 },
  putMemoryFile: { path: "preferences/design.md", text: "Prefers blue.\n", base: null },
  postQuests: blog,
  postQuestsPreview: blog,
  postGitTokens: { name: "Laptop", repositories: ["projects/bakery"] },
  putSecret: { value: "not-a-real-key", origin: "https://api.tracker.example" },
  postRemindersDevices: subscription,
  postRemindersWebhook: { url: "https://hooks.example.com/growqr" },
  postHostsTokens: { role: "host" },
  postLiveGatewayGrowAgentAction: { args: [{ requestId: "req_01ARZ3NDEKTSV4RRFFQ69G5FAV", key: "snapshot-0001", input: {} }] },
};
