// The check of the documentation's links finds what is wrong with them.

import { expect, test } from "vitest";
import { brokenLinks, strangeAddresses } from "../../tools/docs/links.mjs";
import { readMarkdown } from "../../tools/docs/markdown.mjs";

const page = (text: string) => readMarkdown("docs/ldap.md", text);

test("a file or a heading that is not there", () => {
  const other = readMarkdown("docs/smtp.md", "# Here\n");
  const text = "[a](smtp.md#here) [b](smtp.md#there) [c](nowhere.md) [d](#own) [e](../README.md)\n\n# Own\n";
  expect(brokenLinks(page(text), new Map([["docs/smtp.md", other]]))).toEqual([
    "smtp.md#there: no such heading",
    "nowhere.md: no such file",
  ]);
});

test("an address that is none, not https, or written in two ways", () => {
  const text = "[a](https://a.example/x) [b](https://a.example/x/) [c](http://b.example) [d](https://)\n";
  expect(strangeAddresses([page(text)])).toEqual([
    "docs/ldap.md: https://a.example/x/: written https://a.example/x elsewhere",
    "docs/ldap.md: http://b.example: not https",
    "docs/ldap.md: https://: no address",
  ]);
  expect(strangeAddresses([page("[a](https://a.example/x) [b](https://a.example/x#y)")])).toEqual([]);
});
