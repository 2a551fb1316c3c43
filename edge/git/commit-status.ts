import { askedRoutes, asksActor } from "../actor/asked-route.ts";

/** How commits of a member's projects stand: their actor has the checks of each push run. */
export const commitStatusRoutes = askedRoutes("Projects", {
  "GET /projects/{project}/statuses": asksActor(
    "statuses",
    "How its newest 200 commits stand, newest first; of a branch, or of one commit",
    "Statuses",
    {
      description:
        "The checks of each push run in a clean room: those that `.growqr/environment.yaml` of the commit names under `checks`, else those that main was proven by last. `queued`, `running`, `passed`, `failed`, `error` (the platform could not run them) and `skipped` (there are none, or a newer commit came first); `source` is `proof` where a task's proof says it. Changes are events of the project, `commit.status`. Gitea has the same as the status `growqr` of the commit, where only what the platform's user has set counts.",
    },
  ),
  "POST /projects/{project}/verify": asksActor(
    "verify",
    "Run the project's checks once more of the newest commit of a branch, main where none is named",
    "Taken; how it goes are events",
    {
      description:
        "In a clean room. What waits or runs already is not begun twice, and is answered. A stack that does not run is started, and the checks wait for it. No receipt comes of it: those are given to tasks.",
      status: 202,
    },
  ),
});
