import { accountRoutes } from "./account.ts";
import { actorRoutes } from "./actor/actor.ts";
import { agentRoutes } from "./agent/agent.ts";
import { mcpRoutes } from "./agent/mcp.ts";
import { approvalRoutes } from "./approval.ts";
import { billingRoutes } from "./billing/billing.ts";
import { attachmentRoutes } from "./conversation/attachment.ts";
import { channelRoutes } from "./conversation/channel.ts";
import { eventRoutes } from "./event/event-stream.ts";
import { historyRoutes } from "./event/history.ts";
import { gitRoutes } from "./git/git.ts";
import { gitTokenRoutes } from "./git/git-token.ts";
import { answerRefusal, enterRequest, newApp } from "./http.ts";
import { makeNotFoundHandlers } from "./kernel/not-found.ts";
import { liveRoutes } from "./live.ts";
import { hostRoutes } from "./machine/host.ts";
import { machineRoutes } from "./machine/machine-call.ts";
import { memoryRoutes } from "./memory.ts";
import { modelRoutes } from "./model/model-gateway.ts";
import { serveDescription } from "./openapi/openapi.ts";
import { opencodeRoutes } from "./opencode.ts";
import { planRoutes } from "./plan.ts";
import { platformRoutes } from "./platform.ts";
import { policyRoutes } from "./policy.ts";
import { questRoutes } from "./quest.ts";
import { receiptRoutes } from "./receipt.ts";
import { reminderRoutes } from "./reminder/reminder.ts";
import { remindRoutes } from "./reminder/reminder-delivery.ts";
import { deviceRoutes } from "./reminder/reminder-device.ts";
import { secretRoutes } from "./secret.ts";
import { stackRoutes } from "./stack/stack.ts";
import { taskRoutes } from "./task.ts";

const app = newApp();
const { first, last } = makeNotFoundHandlers(app);
app.use("*", enterRequest, first);
app.onError(answerRefusal);
for (const part of [
  platformRoutes,
  accountRoutes,
  billingRoutes,
  actorRoutes,
  attachmentRoutes,
  agentRoutes,
  channelRoutes,
  historyRoutes,
  taskRoutes,
  planRoutes,
  eventRoutes,
  opencodeRoutes,
  approvalRoutes,
  policyRoutes,
  secretRoutes,
  gitTokenRoutes,
  gitRoutes,
  reminderRoutes,
  deviceRoutes,
  hostRoutes,
  machineRoutes,
  stackRoutes,
  receiptRoutes,
  remindRoutes,
  questRoutes,
  liveRoutes,
  modelRoutes,
  mcpRoutes,
  memoryRoutes,
])
  app.route("/", part);
serveDescription(app);
app.notFound(last);

export default app;
