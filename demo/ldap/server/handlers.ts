import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { work } from "../../material.ts";
import { CODE, WHO_AM_I } from "../codes.ts";
import { ARCHIVE, BRANCH_URI, PASSWORD, PROVISIONING, TAPES } from "../company.ts";
import type { BindRequest, Request, Response, SearchRequest, SearchResponse, Server } from "../ldapjs.ts";
import type { Conversation } from "./conversation.ts";
import { isAt, type Directory } from "./directory.ts";
import { search, sendEntry } from "./search.ts";

/** How long the server works at most, in milliseconds. */
const WORK_MS = { bind: 6, search: 5, write: 12, other: 2 };

/** After this long the archive says that it takes too long. */
const ARCHIVE_MS = 10_000;

/** Everything: ldapjs hands over requests by the suffix of their DN. */
const EVERYWHERE = "";

/** Makes the server answer from the directory. */
export function mount(
  server: Server,
  directory: Directory,
  conversationOf: (socket: Socket) => Conversation,
): void {
  server.bind(EVERYWHERE, (request, response) => {
    const conversation = conversationOf(request.connection);
    void delay(work(WORK_MS.bind)).then(() => {
      const code = judge(directory, request);
      conversation.boundAs = code === CODE.success ? request.dn.toString() : undefined;
      response.end(code);
    });
  });
  server.search(EVERYWHERE, (request, response) => {
    void answerSearch(directory, request, response, conversationOf(request.connection));
  });
  server.compare(EVERYWHERE, (request, response) => {
    later(WORK_MS.search, response, () => directory.compare(request.dn, request.attribute, request.value));
  });
  const write = (request: Request, response: Response, act: () => number): void => {
    const isAllowed = conversationOf(request.connection).boundAs === PROVISIONING;
    later(WORK_MS.write, response, () => (isAllowed ? act() : CODE.insufficientAccessRights));
  };
  server.modify(EVERYWHERE, (request, response) => {
    write(request, response, () => directory.modify(request.dn, request.changes));
  });
  server.add(EVERYWHERE, (request, response) => {
    write(request, response, () => directory.add(request.dn, request.attributes));
  });
  server.del(EVERYWHERE, (request, response) => {
    write(request, response, () => directory.delete(request.dn));
  });
  server.modifyDN(EVERYWHERE, (request, response) => {
    write(request, response, () => directory.rename(request.dn, request));
  });
  server.exop(WHO_AM_I, (request, response) => {
    const { boundAs } = conversationOf(request.connection);
    response.responseValue = boundAs === undefined ? "" : `dn:${boundAs}`;
    later(WORK_MS.other, response, () => CODE.success);
  });
}

/** What a bind comes to; ldapjs itself lets anonymous ones in. */
function judge(directory: Directory, { dn, credentials }: BindRequest): number {
  if (credentials === "") return CODE.unwillingToPerform;
  const isKnown = directory.get(dn)?.attributes.objectClass?.includes("simpleSecurityObject");
  return isKnown && credentials === PASSWORD ? CODE.success : CODE.invalidCredentials;
}

async function answerSearch(
  directory: Directory,
  request: SearchRequest,
  response: SearchResponse,
  conversation: Conversation,
): Promise<void> {
  if (isAt(request.dn, ARCHIVE)) return answerFromArchive(directory, request, response, conversation);
  await delay(work(WORK_MS.search));
  if (directory.isOfBranch(request.dn)) {
    response.addReferral(BRANCH_URI);
    return response.end(CODE.referral);
  }
  const { code, entries, controls } = search(directory, request);
  for (const entry of entries) sendEntry(entry, request, response);
  if (code === CODE.success && directory.meetsBranch(request.dn, request.scope)) {
    response.send(response.createSearchReference([BRANCH_URI]));
  }
  for (const control of controls) response.addControl(control);
  response.end(code);
}

/** Nobody has ever waited for the end of it. */
async function answerFromArchive(
  directory: Directory,
  request: SearchRequest,
  response: SearchResponse,
  conversation: Conversation,
): Promise<void> {
  const end = await conversation.wait(request.messageId, ARCHIVE_MS);
  if (end === undefined) return response.end(CODE.timeLimitExceeded);
  // RFC 4511 §4.11: what is abandoned may be answered all the same.
  if (end !== "abandoned" || !isAt(request.dn, TAPES)) return;
  const entry = directory.get(request.dn);
  if (entry) sendEntry(entry, request, response);
  response.end(CODE.success);
}

function later(most: number, response: Response, act: () => number): void {
  setTimeout(() => {
    response.end(act());
  }, work(most));
}
