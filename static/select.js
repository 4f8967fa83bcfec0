// Selecting many takes at once.
"use strict";
