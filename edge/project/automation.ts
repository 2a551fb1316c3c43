import { askedRoutes, asksActor } from "../actor/asked-route.ts";

export const automationRoutes = askedRoutes("Projects", {
  "PUT /projects/{project}/automation": asksActor(
    "automate",
    "What is done in a project by itself: repairs (off, ask, auto) and newer releases (ask, auto). What is not named stays",
    "What is done by itself now",
    { scope: "admin" },
  ),
});
