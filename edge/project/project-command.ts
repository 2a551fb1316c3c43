import { askedRoutes, asksActor } from "../actor/asked-route.ts";

/** A member's own lines in clean checkouts of a project: their actor has them run, whoever looks. */
const commandName = { command: "id" };
export const projectCommandRoutes = askedRoutes("Projects", {
  "POST /projects/{project}/commands": asksActor(
    "projectCommand",
    "Run one line in a clean checkout of main. It goes on whoever hangs up; how it goes is told by the project's events",
    "Taken; how it goes are events",
    {
      description:
        "In a throw-away room with what the project's setup installs, without network, secrets and services; nothing that it writes is kept. Events: `project.command` when it is taken, begins and has ended (`state`, `exitCode`, `stopped`), and `project.output` with the lines that it prints, 64 kB in all; of more the end is in `tail`, and after 4 MB it is stopped. It is stopped as well when its seconds are over, or its room's memory is. One at a time of yours: 409 while another waits or runs, and while the project is made or taken away. A stack that does not run is started, and the line waits for it.",
      status: 202,
    },
  ),
  "GET /projects/{project}/commands": asksActor(
    "projectCommands",
    "The newest 50 lines that were run in it, newest first, without what they printed",
    "Lines",
  ),
  "GET /projects/{project}/commands/{command}": asksActor(
    "projectCommandSeen",
    "One line that was run, with what it printed and how it ended",
    "The line",
    { named: commandName },
  ),
  "POST /projects/{project}/commands/{command}/cancel": asksActor(
    "projectCommandCancel",
    "End a line that waits or runs; one that is over is answered as it ended",
    "The line",
    { named: commandName },
  ),
});
