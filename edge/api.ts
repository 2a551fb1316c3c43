import { accessTokenRoutes } from "./account/access-token.ts";
import { accountRoutes } from "./account/account.ts";
import { erasureRoutes } from "./account/erasure.ts";
import { exportRoutes } from "./account/export.ts";
import { identityEventRoutes } from "./account/identity-event.ts";
import { memberKeyRoutes } from "./account/member-key.ts";
import { supportRoutes } from "./account/support.ts";
import { actorRoutes } from "./actor/actor.ts";
import { agentRoutes } from "./agent/agent.ts";
import { mcpRoutes } from "./agent/mcp.ts";
import { approvalRoutes } from "./approval.ts";
import { auditChanges, auditRoutes } from "./audit.ts";
import { billingRoutes } from "./billing/billing.ts";
import { paymentRoutes } from "./billing/payment.ts";
import { paymentDeskRoutes } from "./billing/payment-desk.ts";
import { planChangeRoutes } from "./billing/plan-change.ts";
import { planOfferRoutes } from "./billing/plan-offer.ts";
import { usageRoutes } from "./billing/usage.ts";
import { browserErrorRoutes } from "./browser-error.ts";
import { attachmentRoutes } from "./conversation/attachment.ts";
import { channelRoutes } from "./conversation/channel.ts";
import { domainRoutes } from "./domain/domain.ts";
import { eventRoutes } from "./event/event-stream.ts";
import { historyRoutes } from "./event/history.ts";
import { commitStatusRoutes } from "./git/commit-status.ts";
import { downloadRoutes } from "./git/download.ts";
import { gitRoutes } from "./git/git.ts";
import { gitServerRoutes } from "./git/git-server.ts";
import { gitTokenRoutes } from "./git/git-token.ts";
import { repositoryRoutes } from "./git/repository.ts";
import { healthRoutes } from "./health.ts";
import { answerRefusal, enterRequest, guardAnswers, newApp } from "./http.ts";
import { incidentRoutes } from "./incident.ts";
import { makeNotFoundHandlers } from "./kernel/not-found.ts";
import { liveRoutes } from "./live.ts";
import { hostRoutes } from "./machine/host.ts";
import { joinTokenRoutes } from "./machine/join-token.ts";
import { machineRoutes } from "./machine/machine-call.ts";
import { memoryRoutes } from "./memory.ts";
import { dialectRoutes } from "./model/dialect/dialect-gateway.ts";
import { modelRoutes } from "./model/model-gateway.ts";
import { serveDescription } from "./openapi/openapi.ts";
import { sessionRoutes } from "./opencode/session.ts";
import { workspaceRoutes } from "./opencode/workspace.ts";
import { planRoutes } from "./plan.ts";
import { platformRoutes } from "./platform.ts";
import { policyRoutes } from "./policy.ts";
import { previewRoutes } from "./preview/preview.ts";
import { appAddressRoutes } from "./project/app-address.ts";
import { automationRoutes } from "./project/automation.ts";
import { editRoutes } from "./project/edit.ts";
import { powerRoutes } from "./project/power.ts";
import { projectRoutes } from "./project/project.ts";
import { projectAuditRoutes } from "./project/project-audit.ts";
import { projectCommandRoutes } from "./project/project-command.ts";
import { projectEventRoutes } from "./project/project-events.ts";
import { projectPreviewRoutes } from "./project/project-preview.ts";
import { projectRegistryRoutes } from "./project/project-registry.ts";
import { projectRemovalRoutes } from "./project/project-removal.ts";
import { projectSecretRoutes } from "./project/project-secret.ts";
import { modelChoiceRoutes } from "./provider/model-choice.ts";
import { providerKeyRoutes } from "./provider/provider-key.ts";
import { questRoutes } from "./quest.ts";
import { receiptRoutes } from "./receipt.ts";
import { appNoticeRoutes } from "./reminder/app-notice.ts";
import { reminderRoutes } from "./reminder/reminder.ts";
import { remindRoutes } from "./reminder/reminder-delivery.ts";
import { deviceRoutes } from "./reminder/reminder-device.ts";
import { sealingRoutes } from "./sealing.ts";
import { secretRoutes } from "./secret.ts";
import { egressRoutes } from "./stack/egress.ts";
import { stackRoutes } from "./stack/stack.ts";
import { taskRoutes } from "./task.ts";
import { terminalRoutes } from "./terminal.ts";

/** The API: every noun's addresses. */
export const app = newApp();
const { first, last } = makeNotFoundHandlers(app);
app.use("*", guardAnswers, enterRequest, auditChanges, first);
app.onError(answerRefusal);
for (const part of [
  platformRoutes,
  browserErrorRoutes,
  healthRoutes,
  accountRoutes,
  accessTokenRoutes,
  erasureRoutes,
  exportRoutes,
  identityEventRoutes,
  supportRoutes,
  billingRoutes,
  paymentRoutes,
  paymentDeskRoutes,
  planOfferRoutes,
  planChangeRoutes,
  usageRoutes,
  actorRoutes,
  attachmentRoutes,
  agentRoutes,
  channelRoutes,
  historyRoutes,
  auditRoutes,
  taskRoutes,
  planRoutes,
  eventRoutes,
  workspaceRoutes,
  sessionRoutes,
  egressRoutes,
  approvalRoutes,
  policyRoutes,
  previewRoutes,
  secretRoutes,
  providerKeyRoutes,
  modelChoiceRoutes,
  sealingRoutes,
  gitTokenRoutes,
  gitServerRoutes,
  repositoryRoutes,
  downloadRoutes,
  gitRoutes,
  reminderRoutes,
  deviceRoutes,
  joinTokenRoutes,
  machineRoutes,
  hostRoutes,
  stackRoutes,
  memberKeyRoutes,
  projectRoutes,
  powerRoutes,
  projectPreviewRoutes,
  projectCommandRoutes,
  commitStatusRoutes,
  projectEventRoutes,
  projectAuditRoutes,
  automationRoutes,
  incidentRoutes,
  projectSecretRoutes,
  domainRoutes,
  projectRemovalRoutes,
  projectRegistryRoutes,
  appAddressRoutes,
  editRoutes,
  receiptRoutes,
  remindRoutes,
  appNoticeRoutes,
  questRoutes,
  liveRoutes,
  terminalRoutes,
  modelRoutes,
  dialectRoutes,
  mcpRoutes,
  memoryRoutes,
])
  app.route("/", part);
serveDescription(app);
app.notFound(last);

/** The first words of its paths; all other addresses are the app's own files. */
const apiWords = new Set(app.routes.map(({ path }) => path.split("/")[1]).filter((word) => word !== undefined && word !== "*"));
export const isApiPath = (path: string): boolean => apiWords.has(path.split("/")[1] ?? "");
