import { account } from "./account.ts";
import { actors } from "./actor/actor.ts";
import { agents } from "./agent/agent.ts";
import { mcp } from "./agent/mcp.ts";
import { approvals } from "./approval.ts";
import { billing } from "./billing/billing.ts";
import { attachments } from "./conversation/attachment.ts";
import { channels } from "./conversation/channel.ts";
import { events } from "./event/event-stream.ts";
import { history } from "./event/history.ts";
import { git } from "./git/git.ts";
import { gitTokens } from "./git/git-token.ts";
import { entry, newApp, refuse } from "./http.ts";
import { misses } from "./kernel/not-found.ts";
import { live } from "./live.ts";
import { hosts } from "./machine/host.ts";
import { memory } from "./memory.ts";
import { ai } from "./model/model-gateway.ts";
import { describe } from "./openapi/openapi.ts";
import { opencode } from "./opencode.ts";
import { plans } from "./plan.ts";
import { platform } from "./platform.ts";
import { policies } from "./policy.ts";
import { quests } from "./quest.ts";
import { receipts } from "./receipt.ts";
import { reminders } from "./reminder/reminder.ts";
import { remind } from "./reminder/reminder-delivery.ts";
import { devices } from "./reminder/reminder-device.ts";
import { secrets } from "./secret.ts";
import { stacks } from "./stack/stack.ts";
import { tasks } from "./task.ts";

const app = newApp();
const { first, last } = misses(app);
app.use("*", entry, first);
app.onError(refuse);
for (const part of [
  platform,
  account,
  billing,
  actors,
  attachments,
  agents,
  channels,
  history,
  tasks,
  plans,
  events,
  opencode,
  approvals,
  policies,
  secrets,
  gitTokens,
  git,
  reminders,
  devices,
  hosts,
  stacks,
  receipts,
  remind,
  quests,
  live,
  ai,
  mcp,
  memory,
])
  app.route("/", part);
describe(app);
app.notFound(last);

export default app;
