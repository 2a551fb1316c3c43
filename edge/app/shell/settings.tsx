import { Link } from "@tanstack/react-router";
import {
  Bell,
  Bot,
  CheckCheck,
  Cpu,
  FolderGit2,
  Gauge,
  KeyRound,
  KeySquare,
  type LucideIcon,
  MessagesSquare,
  ShieldCheck,
  UserRound,
} from "lucide-react";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { useTitle } from "./page-title.ts";
import type { settingPages } from "./setting-pages.ts";
import styles from "./settings.module.css";

type Setting = {
  to: (typeof settingPages)[number] | "/inbox";
  name: string;
  about: string;
  icon: LucideIcon;
};
const groups: { title: string; settings: Setting[] }[] = [
  {
    title: "You",
    settings: [
      { to: "/profile", name: "Your account", about: "Name, devices, appearance, export and deletion", icon: UserRound },
      { to: "/plan-usage", name: "Plan and usage", about: "What you have, what was used, budgets", icon: Gauge },
      { to: "/reminder", name: "Reminders", about: "How you hear of what waits for you", icon: Bell },
    ],
  },
  {
    title: "Your agents",
    settings: [
      { to: "/inbox", name: "Rules", about: "What they may always or never do", icon: CheckCheck },
      { to: "/kinds", name: "Kinds of agents", about: "Who can be on a team, and kinds of your own", icon: Bot },
      { to: "/model-key", name: "Models", about: "Your own keys for models", icon: Cpu },
      { to: "/secret", name: "Secrets", about: "Keys for services that they use for you", icon: KeyRound },
    ],
  },
  {
    title: "For developers",
    settings: [
      { to: "/access-token", name: "Access tokens", about: "Programs that ask and work in your name", icon: KeySquare },
      { to: "/git-token", name: "Git tokens", about: "Clone and push with a Git client", icon: FolderGit2 },
      { to: "/session", name: "Sessions", about: "What each agent's model was told and answered", icon: MessagesSquare },
      { to: "/audit-log", name: "Audit", about: "Everything that was done in your name", icon: ShieldCheck },
    ],
  },
];
/** Every page that is set up once and seldom looked at. */
export function Settings() {
  useTitle("Settings");
  return (
    <>
      <div className="bar">
        <h1>Settings</h1>
      </div>
      <ScrollPage label="Settings">
        <div className="narrow col">
          {groups.map(({ title, settings }) => (
            <section key={title} aria-label={title}>
              <h2>{title}</h2>
              <ul className={styles.settings}>
                {settings.map(({ to, name, about, icon: Icon }) => (
                  <li key={to}>
                    <Link to={to} search={to === "/inbox" ? { tab: "rules" } : {}}>
                      <Icon className="i" aria-hidden="true" />
                      <span className="grow">
                        <b className="med">{name}</b> <span className="sub s13">{about}</span>
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      </ScrollPage>
    </>
  );
}
