// The cards of the gallery, in the order in which they stand.
import { $ } from "../page.js";

export const card = (id) => $(`generation-${id}`);
export const idOf = (take) => Number(take.id.slice("generation-".length));
export const all = () => [...document.querySelectorAll("#takes > .take")];
export const ids = () => all().map(idOf);
