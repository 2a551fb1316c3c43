/** How the titles of pushes begin (command-title.ts). The app reads them without a parser of shells. */
export const pushTitleStart = "Push ";
export const currentVersionStart = "Make it the current version of ";
/** Whether a title says all of a command: a push to its own project, and nothing beside it. */
export const isPushTitle = (title: string): boolean =>
  (title.startsWith(pushTitleStart) || title.startsWith(currentVersionStart)) && !/, and \d+ more commands?$/.test(title);
