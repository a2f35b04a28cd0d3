package demo

import (
	"embed"
	"strings"
)

// WorksheetName is the name of the worksheet over the tables.
const WorksheetName = "Retail"

//go:embed tml/*.tml
var documents embed.FS

// TML are the documents that model the tables, each as canonical YAML: the
// tables with their joins, those that others refer to first, and the worksheet
// last. They say that the tables are in the schema main of the database
// searchlight, without a connection.
func TML() []string {
	var texts []string
	for _, t := range Tables() {
		texts = append(texts, document(t.Name+".table.tml"))
	}
	return append(texts, Worksheet())
}

// Worksheet is the last of the documents of TML.
func Worksheet() string { return document(WorksheetName + ".worksheet.tml") }

func document(name string) string {
	text, err := documents.ReadFile("tml/" + name)
	if err != nil {
		panic(err) // it is in the program
	}
	return string(text)
}

//go:embed searches.txt
var searches string

// Searches are questions to begin with, for the worksheet.
func Searches() []string { return strings.Split(strings.TrimSpace(searches), "\n") }
