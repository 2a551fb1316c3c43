import { expireWork } from "../approval/approval.ts";
import { approvalWork } from "../approval/permission.ts";
import { reachWork } from "../approval/reach.ts";
import { anchorWork, auditWork } from "../audit.ts";
import { commitStatusWork } from "../git/git-status.ts";
import { checksWork } from "../git/push-checks.ts";
import { pushPermissionWork } from "../git/push-permission.ts";
import { scanWork } from "../git/scan.ts";
import { secretPrintsWork } from "../git/secret-prints.ts";
import { incidentWork } from "../incident/incident-work.ts";
import type { Handlers } from "../kernel/work.ts";
import type { GrowWorkKind } from "../kernel/work-kinds.ts";
import { outboxWork } from "../memory/outbox-delivery.ts";
import { mergeWork } from "../merge.ts";
import { sessionWork } from "../opencode/session-title.ts";
import { policyWork } from "../policy.ts";
import { viewsWork } from "../preview.ts";
import { projectWork } from "../project.ts";
import { beginWork } from "../project-begin.ts";
import { commandWork } from "../project-command/command-work.ts";
import { registerWork } from "../project-registration.ts";
import { verifyWork } from "../proof.ts";
import { receiptWork } from "../receipt/receipt.ts";
import { receiptsWork } from "../receipt/receipt-restore.ts";
import { noticeWork } from "../release/app-notice.ts";
import { appReachWork } from "../release/app-reach.ts";
import { watchWork } from "../release/app-watch.ts";
import { deploymentWork } from "../release/deployment.ts";
import { releaseWork } from "../release/release-work.ts";
import { removalWork } from "../release/removal.ts";
import { remindWork } from "../reminder.ts";
import { searchWork } from "../search/search-client.ts";
import { idleWork } from "../stack/idle.ts";
import { provisionWork } from "../stack/provision-work.ts";
import { whileUp } from "../stack/resume.ts";
import { statusWork } from "../stack/status.ts";
import { adoptWork } from "../task/edit.ts";
import { terminalWork } from "../terminal.ts";
import { stopWork } from "../turn/stop.ts";
import { turnWork } from "../turn/turn.ts";
import { typesWork } from "./member-agent.ts";
import { peerWork, retireWork, teamWork } from "./team.ts";

/** Who does each kind of work of a growAgent. */
export const growAgentWork: Handlers<GrowWorkKind> = {
  provision: provisionWork,
  turn: turnWork,
  stop: stopWork,
  outbox: outboxWork,
  project: whileUp(projectWork),
  begin: whileUp(beginWork),
  scan: scanWork,
  status: statusWork,
  idle: idleWork,
  approval: approvalWork,
  session: sessionWork,
  expire: expireWork,
  remind: remindWork,
  policy: policyWork,
  types: typesWork,
  search: searchWork,
  team: teamWork,
  peer: peerWork,
  retire: retireWork,
  reach: reachWork,
  terminal: terminalWork,
  right: pushPermissionWork,
  secrets: secretPrintsWork,
  merge: whileUp(mergeWork),
  verify: verifyWork,
  adopt: whileUp(adoptWork),
  receipt: receiptWork,
  audit: auditWork,
  anchor: anchorWork,
  receipts: whileUp(receiptsWork),
  release: releaseWork,
  removal: removalWork,
  register: registerWork,
  command: whileUp(commandWork),
  checks: whileUp(checksWork),
  commit_status: whileUp(commitStatusWork),
  watch: watchWork,
  views: viewsWork,
  app_reach: appReachWork,
  notice: noticeWork,
  incident: incidentWork,
  deployment: deploymentWork,
};
