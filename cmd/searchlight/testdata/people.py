"""Manages people, groups and shares as programs written for API v1 do: people.py SERVER USER PASSWORD."""

import json
import sys

import requests
from thoughtspot_rest_api_v1 import MetadataSubtypes, MetadataTypes, ShareModes, TSRestApiV1

server, user, password = sys.argv[1:]
first, second = "correct Horse 7", "another Horse 8"


def equal(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def fails(call, status):
    try:
        call()
    except requests.exceptions.HTTPError as error:
        equal(error.response.status_code, status)
        return
    raise AssertionError("the call did not fail")


def done(call):
    """Makes a call whose documented answer is empty, which the client then fails to read."""
    try:
        return call()
    except requests.exceptions.JSONDecodeError:
        return None


def signed_in(name, secret):
    client = TSRestApiV1(server_url=server)
    client.session_login(username=name, password=secret)
    return client


ts = signed_in(user, password)
me = ts.session_info()
equal((me["userName"], me["currentOrgId"], me["authToken"]), ("tsadmin", 0, ""))

# People and groups.
sales = ts.group_post(group_name="Sales", display_name="Sales people", privileges=[])["header"]["id"]
analysts = ts.group_post(group_name="Analysts", display_name="Analysts", privileges=["DATADOWNLOADING"])["header"]["id"]
fails(lambda: ts.group_post(group_name="sales", display_name="x", privileges=[]), 409)
ann = ts.user_post(username="Ann", password=first, display_name="Ann Lee", groups=[sales])["header"]["id"]
bob = ts.user_post(username="bob", password=first, display_name="Bob Ray", properties={"mail": "bob@example.com"})["header"]["id"]
fails(lambda: ts.user_post(username="ANN", password=first, display_name="x"), 409)
fails(lambda: ts.user_post(username="carl", password="short", display_name="x"), 400)
equal(ts.user_get(name="ann")["header"]["name"], "Ann")
equal(ts.user_get(user_id=bob)["userContent"]["userProperties"]["mail"], "bob@example.com")
done(lambda: ts.user_groups_post(user_guid=bob, group_guids=[analysts]))
equal(sorted(g["header"]["name"] for g in ts.user_groups_get(user_guid=bob)), ["All", "Analysts"])
done(lambda: ts.group_user_post(group_guid=sales, user_guid=bob))
equal([u["header"]["name"] for u in ts.group_users_get(group_guid=sales)], ["Ann", "bob"])
ts.group_user_delete(group_guid=sales, user_guid=bob)
equal([u["header"]["name"] for u in ts.group_listuser(group_guid=sales)], ["Ann"])
done(lambda: ts.user_email(user_guid=ann, user_email="ann@example.com"))
ts.user_updatepreference(user_guid=ann, username="Ann", preferences={"preferredLocale": "fr-FR", "notifyOnShare": False})
described = ts.user_get(user_id=ann)
equal(described["userContent"]["userProperties"]["mail"], "ann@example.com")
equal(described["userContent"]["userPreferences"]["notifyOnShare"], False)
described["displayName"] = "Ann B. Lee"
ts.user_put(user_guid=ann, content=json.dumps(described), password=None)
equal(ts.user_get(user_id=ann)["displayName"], "Ann B. Lee")
equal(ts.group_addprivilege(privilege="DATADOWNLOADING", group_names="Sales")["privileges"], ["DATADOWNLOADING"])
done(lambda: ts.group_removeprivilege(privilege="DATADOWNLOADING", group_names=["Sales"]))
equal(ts.group_get(name="Sales")["privileges"], [])

listed = {(p["name"], p["principalTypeEnum"]): p for p in ts.user_list()}
equal(listed["Ann", "LOCAL_USER"]["groupNames"], ["All", "Sales"])
equal(len([p for p in listed if p[1].endswith("_USER")]), 6)


# Synchronise: the list comes back unchanged, then with a change.
def sync(principals, **options):
    return ts.user_sync(principals_file=json.dumps(principals), password=first, **options)


principals = ts.user_list()
nothing = {"usersAdded": [], "usersDeleted": [], "usersUpdated": [], "groupsAdded": [], "groupsDeleted": [], "groupsUpdated": []}
equal(sync(principals, apply_changes=True, remove_deleted=True), nothing)
changed = principals + [
    {"name": "East", "displayName": "East", "principalTypeEnum": "LOCAL_GROUP", "groupNames": ["Sales"], "visibility": "DEFAULT"},
    {"name": "dora", "displayName": "Dora", "principalTypeEnum": "LOCAL_USER", "groupNames": ["East"], "visibility": "DEFAULT"}]
want = dict(nothing, usersAdded=["dora"], groupsAdded=["East"])
equal(sync(changed), want)
fails(lambda: ts.user_get(name="dora"), 400)
equal(sync(changed, apply_changes=True), want)
dora = ts.user_get(name="dora")
equal(len(dora["inheritedGroups"]), 3)

# Share.
worksheet = ts.metadata_list_find_guid(object_type=MetadataSubtypes.WORKSHEET, name="Sales")
as_ann, as_dora = signed_in("Ann", first), signed_in("dora", first)


def seen(client):
    return [h["name"] for h in client.metadata_listobjectheaders(object_type=MetadataSubtypes.WORKSHEET)]


def ask(client):
    return client.searchdata(query_string="[amount]", data_source_guid=worksheet)["data"]


def share(client, **modes):
    client.security_share(shared_object_type=MetadataTypes.TABLE, shared_object_guids=[worksheet],
                          permissions={"permissions": {ids[name]: {"shareMode": mode} for name, mode in modes.items()}})


ids = {"sales": sales, "analysts": analysts, "ann": ann, "bob": bob}
equal(seen(as_dora), [])
fails(lambda: ask(as_dora), 403)
share(ts, sales=ShareModes.READ_ONLY)
equal(seen(as_dora), ["Sales"])
total = ask(as_dora)
equal(total, ask(ts))
fails(lambda: share(as_dora, bob=ShareModes.READ_ONLY), 403)
defined = ts.security_metadata_permissions(object_type=MetadataTypes.TABLE, object_guids=[worksheet], permission_type="DEFINED")
equal({k: v["shareMode"] for k, v in defined[worksheet]["permissions"].items()}, {sales: "READ_ONLY"})
effective = as_ann.security_metadata_permissions_by_id(object_type=MetadataTypes.TABLE, object_guid=worksheet)
equal(effective[worksheet]["permissions"][ann]["shareMode"], "READ_ONLY")
equal(list(ts.security_effectivepermissionbulk({"LOGICAL_TABLE": [worksheet]})), ["LOGICAL_TABLE"])
equal([h["name"] for h in ts.metadata_listas(user_or_group_guid=dora["header"]["id"], user_or_group="USER")["headers"]], ["Sales"])
share(ts, sales=ShareModes.NO_ACCESS)
fails(lambda: ask(as_dora), 403)
share(ts, sales=ShareModes.READ_ONLY)

# Tags and favourites.
requests_session = ts.requests_session
made = requests_session.post(server + "/callosum/v1/metadata/create", data={"type": "TAG", "name": "Finance team"})
made.raise_for_status()
equal(ts.metadata_assigntag(object_guids=[worksheet], object_type=["LOGICAL_TABLE"], tag_names=["Finance team"]), True)
tagged = ts.metadata_list(object_type=MetadataTypes.TABLE, tagname=["finance team"])["headers"]
equal([(h["name"], h["tags"][0]["name"], h["authorName"]) for h in tagged], [("Sales", "Finance team", "tsadmin")])
done(lambda: as_ann.metadata_markasfavoritefor(user_guid=ann, object_guids=[worksheet], object_type="LOGICAL_TABLE"))
equal([h["name"] for h in as_ann.metadata_listobjectheaders(object_type=MetadataTypes.TABLE, category="FAVORITE")], ["Sales"])
as_ann.metadata_unmarkasfavoritefor(user_guid=ann, object_guids=[worksheet])
equal(as_ann.metadata_listobjectheaders(object_type=MetadataTypes.TABLE, category="FAVORITE"), [])

# What is built on what.
table = ts.metadata_list_find_guid(object_type=MetadataTypes.TABLE, name="sales")
dependents = ts.dependency_logicaltable(logical_table_guids=[table])[table]["LOGICAL_TABLE"]
equal(sorted(h["name"] for h in dependents), ["Retail", "Sales"])
fails(lambda: ts.metadata_delete(object_type="LOGICAL_TABLE", guids=[table]), 400)
columns = ts.metadata_details(object_type="LOGICAL_TABLE", object_guids=[worksheet])["storables"][0]["columns"]

# Ownership.
equal(ts.user_transfer_ownership(current_owner_username="tsadmin", new_owner_username="bob", object_guids=[worksheet]), True)
as_bob = signed_in("bob", first)
equal(seen(as_bob), ["Sales"])
fails(lambda: share(as_bob, ann=ShareModes.EDIT), 403)  # whom bob does not know
share(as_bob, analysts=ShareModes.EDIT)

# Passwords and sessions.
as_bob.user_updatepassword(username="bob", current_password=first, new_password=second)
equal(as_bob.session_info()["userName"], "bob")
fails(lambda: signed_in("bob", first), 401)
as_bob = signed_in("bob", second)
ts.user_session_invalidate(usernames=["bob"])
fails(as_bob.session_info, 401)

# Trusted authentication.
key = requests_session.post(server + "/api/app/trusted-auth/keys").json()["secretKey"]
token = TSRestApiV1(server_url=server).session_auth_token(secret_key=key, username="eve", groups=["Sales"], auto_create_user=True)
embedded = TSRestApiV1(server_url=server)
embedded.session_login_token_post(username="eve", auth_token=token, redirect_url="/healthz")
equal(embedded.session_info()["userName"], "eve")
equal(seen(embedded), ["Sales"])
bearer = TSRestApiV1(server_url=server)
bearer.bearer_token = TSRestApiV1(server_url=server).session_auth_token(secret_key=key, username="eve")
equal(seen(bearer), ["Sales"])

# The audit log tells it all, without secrets.
log = json.dumps(ts.logs_topics())
events = sorted({json.loads(r["log"])["type"] for r in ts.logs_topics()})
for secret in (first, second, password, key, token):
    equal(secret in log, False)

# Gone.
ts.user_delete(user_guid=ann)
fails(as_ann.session_info, 401)
ts.group_delete(group_guid=analysts)
equal(sorted(h["name"] for h in ts.metadata_listobjectheaders(object_type=MetadataTypes.GROUP)),
      ["Administrator", "All", "East", "Sales", "System"])

print(json.dumps({"total": total, "columns": len(columns), "events": events}))
