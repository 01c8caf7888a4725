// A client of the Contactmomenten API without packages; needs .NET 8.
//
//   CONTACTMOMENTEN_ROOT=https://contactmomenten.example.nl/api/v1 \
//   CONTACTMOMENTEN_CLIENT_ID=portaal CONTACTMOMENTEN_SECRET=… dotnet run

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

var root = Environment.GetEnvironmentVariable("CONTACTMOMENTEN_ROOT")!;
var clientId = Environment.GetEnvironmentVariable("CONTACTMOMENTEN_CLIENT_ID")!;
var secret = Environment.GetEnvironmentVariable("CONTACTMOMENTEN_SECRET")!;

var api = new Contactmomenten(root, () => Token.Sign(clientId, secret, "jjansen", "J. Jansen"));
var medewerker = new { identificatie = "m1", achternaam = "Jansen" };

var moment = await api.Register(new
{
    bronorganisatie = "000000000",
    kanaal = "telefoon",
    tekst = "Vraag over de afvalkalender.",
    medewerkerIdentificatie = medewerker,
});
var url = moment["url"]!.GetValue<string>();
Console.WriteLine($"registered {url}");

var changed = await api.Change(url, new { voorkeurskanaal = "mail" });
Console.WriteLine($"changed {changed["voorkeurskanaal"]}");

var after = await api.Register(new
{
    bronorganisatie = "000000000",
    vorigContactmoment = url,
    medewerkerIdentificatie = medewerker,
});
Console.WriteLine($"follows {after["vorigContactmoment"]}");

var found = false;
await foreach (var one in api.Find("bronorganisatie=000000000&kanaal=telefoon"))
{
    found |= one["url"]!.GetValue<string>() == url;
}
Console.WriteLine($"found {found.ToString().ToLowerInvariant()}");

foreach (var line in await api.Trail(url))
{
    Console.WriteLine($"trail {line!["actie"]} {line["gebruikersWeergave"]}");
}

try
{
    await api.Register(new { bronorganisatie = "12345" });
}
catch (ContactmomentenException refused)
{
    Console.WriteLine($"refused {refused.Problem["invalidParams"]![0]!["name"]}");
}

/// <summary>The API refused; Problem is its document, with code, detail and invalidParams.</summary>
public sealed class ContactmomentenException(JsonNode problem)
    : Exception($"{problem["status"]} {problem["code"]}: {problem["detail"]}")
{
    public JsonNode Problem { get; } = problem;
}

public static class Token
{
    /// <summary>A token, signed with HS256, good for an hour.</summary>
    public static string Sign(string clientId, string secret, string userId, string userRepresentation)
    {
        var signed = Part(new { alg = "HS256", typ = "JWT" }) + "." + Part(new
        {
            iss = clientId,
            iat = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            client_id = clientId,
            user_id = userId,
            user_representation = userRepresentation,
        });
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Encoded(signature)}";
    }

    private static string Part(object content) => Encoded(JsonSerializer.SerializeToUtf8Bytes(content));

    private static string Encoded(byte[] bytes) =>
        Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

/// <summary>The API at root, which ends in /api/v1; sign gives a fresh token.</summary>
public sealed class Contactmomenten(string root, Func<string> sign)
{
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };

    public Task<JsonNode> Register(object contactmoment) =>
        Ask(HttpMethod.Post, $"{root}/contactmomenten", contactmoment);

    public Task<JsonNode> Change(string url, object fields) => Ask(HttpMethod.Patch, url, fields);

    public Task<JsonNode> RelateKlant(string contactmoment, string klant, string rol) =>
        Ask(HttpMethod.Post, $"{root}/klantcontactmomenten", new { contactmoment, klant, rol });

    public async Task<JsonArray> Trail(string contactmoment) =>
        (await Ask(HttpMethod.Get, $"{contactmoment}/audittrail")).AsArray();

    /// <summary>All contactmomenten that meet the filters, page by page.</summary>
    public async IAsyncEnumerable<JsonNode> Find(string filters)
    {
        for (string? next = $"{root}/contactmomenten?{filters}"; next is not null;)
        {
            var page = await Ask(HttpMethod.Get, next);
            foreach (var one in page["results"]!.AsArray())
            {
                yield return one!;
            }
            next = page["next"]?.GetValue<string>();
        }
    }

    private async Task<JsonNode> Ask(HttpMethod method, string url, object? content = null)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", sign());
        if (content is not null)
        {
            request.Content = JsonContent.Create(content);
        }
        using var answer = await http.SendAsync(request);
        var body = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        return answer.IsSuccessStatusCode ? body : throw new ContactmomentenException(body);
    }
}
