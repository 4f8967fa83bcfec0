// What our scripts tell each other, heard at the document. `generations-changed`, `takes-new` and `takes-missed` come
// from the studio, in the header HX-Trigger of an answer.
export const events = {
  changed: "generations-changed", // some take is no longer what it was
  new: "takes-new", // so many new takes fit the filters
  missed: "takes-missed", // more takes came than the answer tells
  showNew: "show-new", // somebody wants to see them; true: also those that do not fit
  found: "takes-found", // the gallery shows the takes of other filters
  left: "takes-left", // takes with these ids were deleted here
  returned: "takes-returned", // and are back
  askedFor: "takes-asked-for", // the composer was sent
  composerWanted: "composer-wanted",
  selected: "selected", // others are selected than before
  handLeft: "hand-left", // no pointer is on the grid any more
  look: "look", // the poll is due now
  lookAtJobs: "look-at-jobs",
  lookAtNames: "look-at-names",
  estimate: "estimate",
  collected: "collected",
};

export const emit = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
export const on = (name, act) => document.addEventListener(name, act);
