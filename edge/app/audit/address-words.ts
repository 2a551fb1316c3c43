/**
 * What is asked of the agent at an address of the API: a call that was refused before the agent heard of it
 * stands in the audit by its address, and is told like the agent's own row.
 */
const askedAt: Readonly<Record<string, string>> = {
  ...{ "POST /actors/{actorId}/message": "send", "POST /channels/{channelId}/messages": "send", "POST /tasks": "taskCreate" },
  ...{ "POST /actors/{actorId}/cancel": "cancel", "POST /actors/{actorId}/start": "start", "POST /actors/{actorId}/stop": "stop" },
  ...{
    "POST /opencode/workspaces/{workspaceId}/sessions": "sessionCreate",
    "POST /opencode/workspaces/{workspaceId}/start": "start",
    "POST /opencode/workspaces/{workspaceId}/stop": "stop",
    "POST /opencode/sessions/{sessionId}/messages": "send",
    "PATCH /opencode/sessions/{sessionId}": "sessionEdit",
    "DELETE /opencode/sessions/{sessionId}": "sessionEdit",
  },
  ...{ "POST /git/servers/{serverId}/start": "start", "POST /git/servers/{serverId}/stop": "stop", "POST /git/repos": "repositoryMake" },
  ...{ "POST /git/repos/{repoId}/branch": "branchMake", "POST /git/repos/{repoId}/pull-request": "pullRequestMake" },
  ...{ "POST /git/repos/{repoId}/pull-request/{number}/merge": "pullRequestMerge" },
  ...{ "POST /plans": "planPropose", "POST /plans/{planId}/edits": "planEdit", "POST /quests": "questStart" },
  ...{ "POST /previews": "previewOpen", "DELETE /previews/{previewId}": "previewClose", "DELETE /policies/{id}": "revoke" },
  ...{
    "POST /projects": "projectMake",
    "DELETE /projects/{project}": "projectRemove",
    "POST /projects/{project}/releases": "deploy",
    "POST /projects/{project}/cancel": "cancelRelease",
    "POST /projects/{project}/roll-back": "rollBack",
    "PUT /projects/{project}/automation": "automate",
    "POST /projects/{project}/edits": "editHandIn",
  },
  ...{ "POST /incidents/{incidentId}/repair": "repair", "PUT /memory/file": "memoryWrite" },
  ...{ "POST /memory/commits/{commit}/revert": "memoryRevert", "POST /goals": "goalPut", "PATCH /goals/{goalId}": "goalPut" },
  ...{ "PUT /terminals/{terminalId}": "terminalOpen", "DELETE /terminals/{terminalId}": "terminalEnd" },
};
/** The name of that action; what is done to a task, plan, agent or quest stands in the address itself. */
export function actionAt(address: string): string | undefined {
  const [, noun, act] = /^POST \/(agent|plan|quest|task)s\/\{[A-Za-z]+\}\/([a-z]+)$/.exec(address) ?? [];
  return noun === undefined ? askedAt[address] : `${noun}Act:${act}`;
}
