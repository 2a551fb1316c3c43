const scenes = [
  "In the first spring, nobody in the valley could say who had planted the tree. It stood at the bend of the river, no taller than a walking stick, and it leaned a little towards the water as if it were listening.",
  "The miller's daughter, Ines, measured it with a ribbon on her seventh birthday. She tied a knot where its top leaf reached, hung the ribbon over her bed, and promised to come back each year with the same ribbon and a new knot.",
  "She kept her promise. There were wet years in which the knots stood far apart, and dry ones in which they nearly touched, and one in which lightning took the crown and she tied two knots, one above the other, and cried over the distance between them.",
  "People came to the tree for reasons they would not have told at home. A carter asked it whether to sell his horse. Two brothers who had not spoken for a decade sat on either side of the trunk, and each pretended not to know that the other was there.",
  "The tree answered none of them. It grew. But those who sat under it long enough noticed that their questions had grown as well, and that some of them, having grown, no longer needed an answer.",
  "When Ines was forty the river changed its bed, as rivers do, and the tree stood suddenly in a meadow. The village met to decide whether it was still the tree at the bend. They argued until it was dark, and agreed that a thing may keep its name for what it has been.",
  "A storm took it in the end, on a night in which nobody slept. In the morning they counted the rings. Ines brought the ribbon and laid it along the cut, knot against ring, and there was not one year that did not fit.",
  "They made the wood into a long table. It stands in the mill, and children are measured against its leg. On its underside, where only someone who has dropped a spoon would look, a ribbon is nailed, with one knot for every year, and room at the end for more.",
];
/** About two minutes of slow streaming: long enough to stop, to reload, to open a second tab. */
export const story = scenes
  .map((scene, index) => `### ${index + 1}\n\n${scene}\n\nAnd so another ring closed around the ones before it, and the valley went on.`)
  .join("\n\n");
