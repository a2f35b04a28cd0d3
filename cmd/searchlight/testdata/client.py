"""Uses a server as programs written for API v1 do: client.py SERVER USER PASSWORD."""

import json
import sys

import requests
from thoughtspot_rest_api_v1 import MetadataSubtypes, MetadataTypes, TSRestApiV1


def equal(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def fails(call):
    try:
        call()
    except SyntaxError:
        return "SyntaxError"
    except requests.exceptions.HTTPError as error:
        return f"HTTPError {error.response.status_code}"
    raise AssertionError("the call did not fail")


server, user, password = sys.argv[1:]
ts = TSRestApiV1(server_url=server)
refused = [None, None, fails(lambda: ts.metadata_listobjectheaders(object_type=MetadataSubtypes.WORKSHEET))]
equal(ts.session_login(username=user, password=password), True)


def headers(kind, **options):
    return ts.metadata_listobjectheaders(object_type=kind, **options)


def names(kind):
    return [h["name"] for h in headers(kind, sort="NAME", sort_ascending=True)]


worksheets = names(MetadataSubtypes.WORKSHEET)
tables = [h["name"] for h in headers(MetadataTypes.TABLE, subtypes=[MetadataSubtypes.USER_UPLOAD], sort="NAME")]
everything = names(MetadataTypes.TABLE)
equal(sorted(everything), sorted(worksheets + tables))
equal([h["name"] for h in headers(MetadataTypes.TABLE, sort="NAME", batchsize=2, offset=1)], everything[1:3])
sales = headers(MetadataSubtypes.WORKSHEET, filter="Sales")[0]["id"]
connections = headers(MetadataTypes.DATA_SOURCE)

# Ask, in both forms.
query = "[amount] [region]"
compact = ts.searchdata(query_string=query, data_source_guid=sales)
full = ts.searchdata(query_string=query, data_source_guid=sales, format_type="FULL")
equal(full["columnNames"], compact["columnNames"])
equal([list(row.values()) for row in full["data"]], compact["data"])
equal((compact["rowCount"], compact["totalRowCount"], compact["offset"], compact["samplingRatio"]), (5, 5, 0, 1))

# Page as clients do: until a page is not full.
paged, size = [], 5
while True:
    page = ts.searchdata(query_string="[store] [product] [quantity]", data_source_guid=sales,
                         batch_size=size, offset=len(paged))
    equal(page["pageSize"], size)
    paged += page["data"]
    if page["rowCount"] < size:
        break
equal(page["totalRowCount"], len(paged))

# Export, change, validate, import, read back.
document = ts.metadata_tml_export(guid=sales)
equal(list(document), ["guid", "worksheet"])
text = ts.metadata_tml_export_string(guid=sales, formattype="YAML")
equal(text.startswith(f"guid: {sales}\nworksheet:\n  name: Sales\n"), True)
renamed = "Sales of it's \"own\" – größer"
document["worksheet"]["name"] = renamed
ts.metadata_tml_import(document, validate_only=True)
equal(ts.metadata_tml_export(guid=sales)["worksheet"]["name"], "Sales")
answer = ts.metadata_tml_import([document])
equal(ts.guids_from_imported_tml(answer), [sales])
stored = ts.metadata_tml_export(guid=sales)
equal(stored, document)
text = ts.metadata_tml_export_string(guid=sales, formattype="YAML")
equal(ts.guids_from_imported_tml(ts.metadata_tml_import([text], formattype="YAML")), [sales])
equal(ts.metadata_tml_export_string(guid=sales, formattype="YAML"), text)
with_tables, guids = ts.metadata_tml_export_with_associations_map(guid=sales)
equal(with_tables["guid"], sales)
equal(sorted(guids), sorted([renamed, "sales"]))

document["worksheet"]["worksheet_columns"][0]["column_id"] = "sales_1::nothing"
refused[0] = fails(lambda: ts.metadata_tml_import(document))
equal(ts.metadata_tml_export(guid=sales), stored)
refused[1] = fails(lambda: ts.searchdata(query_string="[amuont]", data_source_guid=sales))

equal(ts.session_logout(), True)
equal(fails(lambda: ts.searchdata(query_string=query, data_source_guid=sales)), "HTTPError 401")

print(json.dumps({
    "tables": tables,
    "worksheets": worksheets,
    "connections": len(connections),
    "columns": compact["columnNames"],
    "compact": compact["data"],
    "full": full["data"][1],
    "paged": len(paged),
    "renamed": stored["worksheet"]["name"],
    "refused": refused,
}))
