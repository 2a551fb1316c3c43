import { listStatuses } from "../git/commit-status.ts";
import { followSecrets } from "../git/secret-prints.ts";
import { verifyBranch } from "../git/verify.ts";
import { listIncidents } from "../incident/incident-row.ts";
import { repairIncident, viewIncidentById } from "../incident/repair.ts";
import type { GrowAgentHandlers } from "../kernel/action.ts";
import { makeProject } from "../project-begin.ts";
import { beginCommand, cancelCommand, listCommands, viewCommandOutput } from "../project-command/command.ts";
import { listTemplates } from "../project-template.ts";
import { wakeForWork, wakeIfAllowed } from "../stack/start.ts";
import { automate } from "./automation.ts";
import { deploy } from "./deploy.ts";
import { listProjects, listReleases, requireProject, viewProjectDetail } from "./project-view.ts";
import { listReleaseChanges } from "./release-changes.ts";
import { cancelRelease, publishProject, rollBack, setPower } from "./release-control.ts";
import { removeProject } from "./removal.ts";

/** The growAgent's actions on projects and what serves of them. */
export const projectActions = {
  projects: (call) => listProjects(call.self.db),
  projectTemplates: async () => ({ templates: listTemplates() }),
  projectMake: (call) => wakeForWork("projectMake", call, makeProject(call.self, call.input, call.key, call.requestId)),
  project: (call) => viewProjectDetail(call.self, call.input.project, call.requestId),
  releases: (call) => listReleases(call.self.db, call.input.project),
  deploy: (call) => wakeForWork("deploy", call, deploy(call.self, call.input, call.key, call.requestId)),
  cancelRelease: (call) => cancelRelease(call.self, call.input, call.requestId),
  rollBack: (call) => rollBack(call.self, call.input, call.requestId),
  followSecrets: (call) => followSecrets(call.self, call.requestId),
  publish: (call) => publishProject(call.self, call.input, call.requestId),
  automate: (call) => automate(call.self, call.input, call.requestId),
  incidents: async (call) => listIncidents(call.self.db, (await requireProject(call.self.db, call.input.project)).name),
  incident: (call) => viewIncidentById(call.self, call.input.incident),
  repair: (call) => wakeForWork("repair", call, repairIncident(call.self, call.input.incident, call.key, call.requestId)),
  releaseChanges: (call) => listReleaseChanges(call.self.db, call.input),
  projectRemove: async (call) => {
    const removed = await removeProject(call.self, call.input, call.requestId);
    if (call.input.repository === "archive") await wakeIfAllowed(call.self, call.requestId); // its repository is there
    return removed;
  },
  projectCommand: (call) => beginCommand(call.self, call.input, call.key, call.requestId),
  projectCommands: (call) => listCommands(call.self.db, call.input),
  projectCommandSeen: (call) => viewCommandOutput(call.self.db, call.input),
  projectCommandCancel: (call) => cancelCommand(call.self, call.input, call.requestId),
  statuses: (call) => listStatuses(call.self.db, call.input),
  verify: (call) => wakeForWork("verify", call, verifyBranch(call.self, call.input, call.key, call.requestId)),
  power: (call) => setPower(call.self, call.input, call.requestId),
} satisfies Partial<GrowAgentHandlers>;
