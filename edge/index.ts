import { account } from "./account.ts";
import { actors } from "./actors.ts";
import { agents } from "./agents.ts";
import { ai } from "./ai.ts";
import { approvals } from "./approvals.ts";
import { attachments } from "./attachments.ts";
import { billing } from "./billing.ts";
import { channels } from "./channels.ts";
import { devices } from "./devices.ts";
import { describe } from "./document/serve.ts";
import { events } from "./events.ts";
import { git } from "./git.ts";
import { gitTokens } from "./git-tokens.ts";
import { history } from "./history.ts";
import { hosts } from "./hosts.ts";
import { entry, newApp, refuse } from "./http.ts";
import { live } from "./live.ts";
import { mcp } from "./mcp.ts";
import { memory } from "./memory.ts";
import { misses } from "./misses.ts";
import { opencode } from "./opencode.ts";
import { plans } from "./plans.ts";
import { platform } from "./platform.ts";
import { policies } from "./policies.ts";
import { quests } from "./quests.ts";
import { receipts } from "./receipts.ts";
import { remind } from "./remind.ts";
import { reminders } from "./reminders.ts";
import { secrets } from "./secrets.ts";
import { stacks } from "./stacks.ts";
import { tasks } from "./tasks.ts";

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
