import assert from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const site = new URL("../site/", import.meta.url);
const pages = readdirSync(site).filter((name) => name.endsWith(".html"));
const read = (name) => readFileSync(new URL(name, site), "utf8");
const all = (text, form) => [...text.matchAll(form)].map((found) => found[1]);

test("there is a first page", () => assert.ok(pages.includes("index.html")));

for (const name of pages) {
  const text = read(name);
  test(`${name} has one language, one title and one heading`, () => {
    assert.match(text, /^<!doctype html>\s*<html lang="[a-z-]+">/i);
    assert.equal(all(text, /<title>([^<]+)<\/title>/g).length, 1);
    assert.equal(all(text, /<(h1)[\s>]/g).length, 1);
    assert.match(text, /<meta name="viewport"/);
  });
  test(`${name} says of each picture what it shows`, () => {
    for (const picture of text.match(/<img[^>]*>/g) ?? []) assert.match(picture, /\balt="/);
  });
  test(`${name} has no link that leads nowhere`, () => {
    for (const link of all(text, /(?:href|src)="([^"]*)"/g)) {
      if (/^(?:https?:|mailto:|tel:)/.test(link)) continue;
      const [whole, part] = link.split("#");
      const [path] = whole.split("?");
      const file = path === "" ? name : path.replace(/^\//, "").replace(/\/$/, "/index.html");
      assert.ok(existsSync(new URL(file, site)), `${link} is not there`);
      if (part) assert.match(read(file), new RegExp(`id="${part}"`), `${link} is not there`);
    }
  });
}
