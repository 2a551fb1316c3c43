import { readdirSync, readFileSync } from "node:fs";
import { chooseImage } from "../schema/environment/describe-environment.ts";
import { environmentPath, readEnvironment } from "../schema/environment/environment.ts";
import { type TemplateId, type TemplateView, templateFile, templateIds } from "../schema/project/template.ts";
import { readYaml } from "../schema/wire/yaml.ts";

/** The platform's templates: the folders of `schema/templates`, read at the start. */
export type Template = TemplateView & { files: ReadonlyMap<string, string>; checks: string };

const folder = new URL("../schema/templates/", import.meta.url);
const limits = { bytes: 16_384, depth: 8, tokens: 2_000 } as const;
/** A template that can't be read is a product that is not whole. */
function readTemplate(id: TemplateId): Template {
  const under = new URL(`${id}/files/`, folder);
  const entries = readdirSync(under, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = entries.map((entry) => {
    const path = `${entry.parentPath}/${entry.name}`.replaceAll("//", "/");
    return [path.slice(under.pathname.length), readFileSync(path, "utf8")] as const;
  });
  const files = new Map(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
  const checks = readFileSync(new URL(`${id}/template.yaml`, folder), "utf8");
  const about = readYaml(checks, templateFile, limits);
  const environment = readEnvironment(files.get(environmentPath) ?? "{}");
  if (!about.ok || !environment.ok) throw new Error(`template ${id}: ${JSON.stringify(about.ok ? environment : about)}`);
  const { title, summary } = about.value;
  const { start, site } = environment.value;
  const image = chooseImage([...files.keys()], environment.value);
  return { id, title, summary, serves: start !== undefined || site !== undefined, image, files, checks };
}
const templates = new Map(templateIds.map((id) => [id, readTemplate(id)]));

export const listTemplates = (): TemplateView[] =>
  [...templates.values()].map(({ id, title, summary, serves, image }) => ({ id, title, summary, serves, image }));
export const findTemplate = (id: TemplateId): Template => templates.get(id)!;

/** Its files and its checks for a project of this name and title. */
export function composeTemplate(id: TemplateId, names: { name: string; title: string }) {
  const { files, checks } = findTemplate(id);
  const fill = (text: string) => text.replace(/\{\{(name|title)\}\}/g, (_, key: "name" | "title") => names[key]);
  const read = readYaml(fill(checks), templateFile, limits);
  if (!read.ok) throw new Error(`template ${id}: ${read.issues.map(({ path, message }) => `${path} ${message}`).join("; ")}`);
  const { tests, acceptance } = read.value;
  return { files: [...files].map(([path, content]) => ({ path, content: fill(content) })), tests, acceptance };
}
