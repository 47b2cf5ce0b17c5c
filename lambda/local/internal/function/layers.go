package function

import (
	"fmt"
	"os"

	"github.com/coldcrank/coldcrank/lambda/local/internal/tree"
)

// maxLayers is how many layers a function may have: "Function layers" of
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxLayers = 5

// takeLayers lays layers over each other, the first at the bottom, in a new
// folder in temp. Of files of one name the last layer's is there, and folders
// are joined: "Adding layers to functions" of
// https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html
// What is taken in is not larger than left, from which it is taken off.
func takeLayers(temp string, layers []string, left *int64) (dir string, err error) {
	if len(layers) > maxLayers {
		return "", fmt.Errorf("it has %d layers: Lambda takes %d", len(layers), maxLayers)
	}
	if dir, err = os.MkdirTemp(temp, "opt-"); err != nil {
		return "", fmt.Errorf("make the folder for layers: %w", err)
	}
	for i, layer := range layers {
		if err := extract(layer, dir, left); err != nil {
			return dir, fmt.Errorf("copy layer %d of %d: %w", i+1, len(layers), err)
		}
	}
	return dir, tree.Seal(dir)
}
